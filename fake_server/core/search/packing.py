"""How a posting is packed: a doc id and the position of a word, in one number."""

from __future__ import annotations

__all__ = ["LAST_POSITION", "MAX_DOCUMENTS", "POSITION_BITS"]

# A posting is one unsigned number of 32 bits: the doc id, then the position of the word in that document. At a million
# documents the postings are most of what an index holds, so they are packed; each constant limits the next:
POSITION_BITS = 8
MAX_DOCUMENTS = (1 << 32 - POSITION_BITS) - 1
LAST_POSITION = (1 << POSITION_BITS) - 1
"""The position of every word past the first 255; these words earn no proximity bonus."""
