"""Where the words of a question stand in memories: their slots for all, and their positions in a few."""

from __future__ import annotations

from typing import TYPE_CHECKING, Dict, Set

import numpy as np

from .packing import BEYOND, POSITION_BITS

if TYPE_CHECKING:
    from .postings import Numbers, Postings
    from .query import Wanted

__all__ = ["Places", "slots_of"]

# From so many occurrences on, bisection finds those of a few memories faster than a pass.
_MANY = 8_192


class Places:
    """Where the words of a question stand in a few memories."""

    def __init__(self, postings: Postings, slots: Numbers, memories: int) -> None:
        self._postings = postings
        self._slots = slots
        self._is_one: Numbers = np.zeros(memories, np.bool_)
        self._is_one[slots] = True
        self._known: Dict[str, Set[int]] = {}

    def where(self, one: Wanted) -> Set[int]:
        """Return the slots of the memories that hold the word."""
        return {place >> POSITION_BITS for place in self._places(one)}

    def next_to(self, left: Wanted, right: Wanted) -> Set[int]:
        """Return the slots of the memories where the one stands just before the other."""
        before = self._places(left)
        return {
            place >> POSITION_BITS
            for place in self._places(right)
            if 0 < place & BEYOND < BEYOND and place - 1 in before
        }

    def _places(self, one: Wanted) -> Set[int]:
        first, *others = one.answers
        return self._find(first.stem).union(*(self._find(answer.stem) for answer in others))

    def _find(self, stem: str) -> Set[int]:
        if stem not in self._known:
            posting = self._postings[stem]
            few = len(posting) <= _MANY
            places = posting[self._is_one[posting >> POSITION_BITS]] if few else self._within(posting)
            self._known[stem] = set(places.tolist())
        return self._known[stem]

    def _within(self, posting: Numbers) -> Numbers:
        """Return the occurrences in the memories by bisection, which for many is faster than looking at each."""
        edges = (np.stack((self._slots, self._slots + 1)) << POSITION_BITS).astype(np.uint32)
        first, end = posting.searchsorted(edges)
        counts = end - first
        ends = counts.cumsum()
        # The ranges from first to end, one after the other.
        within: Numbers = posting[np.arange(ends[-1]) + np.repeat(first - ends + counts, counts)]
        return within


def slots_of(posting: Numbers) -> Numbers:
    """Return the slot of each occurrence."""
    return posting >> POSITION_BITS
