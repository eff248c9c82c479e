"""How an occurrence is packed: the slot of a memory and the position of a word, in one number."""

from __future__ import annotations

__all__ = ["BEYOND", "POSITION_BITS", "SLOTS"]

# An occurrence is one unsigned number of 32 bits: the slot of the memory, then the position of the word in it. At a
# million memories they are most of what an index holds, so they are packed; what limits what:
POSITION_BITS = 8
SLOTS = (1 << 32 - POSITION_BITS) - 1
BEYOND = (1 << POSITION_BITS) - 1
"""The position of every word past the first 255, whose neighbours do not count."""
