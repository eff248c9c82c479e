"""What a score says: the one cut between a hit that answers and one that only shares a word with the question."""

from __future__ import annotations

__all__ = ["SCORE_CUT"]

SCORE_CUT = 0.5
"""The least score of a hit that probably answers the question; a lower one mostly shares a word with it."""
