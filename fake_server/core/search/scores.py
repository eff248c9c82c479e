"""What a score says: the one cut between a hit that answers and one that only shares a word with the question."""

from __future__ import annotations

__all__ = ["SCORE_CUT"]

SCORE_CUT = 0.35
"""The least score of a hit that probably answers the question; a lower one mostly shares a word with it.

Chosen with benchmarks/recall.py: of the right first hits, 90 % reach it; of the first hits for questions on other
conversations, 16 % do among dialogue and 7 % among statements.
"""
