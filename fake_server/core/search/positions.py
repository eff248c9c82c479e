"""Positions: where the terms of a query stand in the few documents that are scored in detail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Dict, Set

import numpy as np

from .packing import LAST_POSITION, POSITION_BITS

if TYPE_CHECKING:
    from .postings import IntArray, Postings
    from .query import QueryTerm

__all__ = ["Positions", "doc_ids_of"]

# From this many postings on, bisection finds those of a few documents faster than a pass over all.
_BISECT_FROM = 8_192


class Positions:
    """The postings of query terms in a few documents."""

    def __init__(self, postings: Postings, doc_ids: IntArray, documents: int) -> None:
        self._postings = postings
        self._doc_ids = doc_ids
        self._is_chosen: IntArray = np.zeros(documents, np.bool_)
        self._is_chosen[doc_ids] = True
        self._known: Dict[str, Set[int]] = {}

    def documents_with(self, term: QueryTerm) -> Set[int]:
        """Return the doc ids of the documents that hold the term."""
        return {posting >> POSITION_BITS for posting in self._of_term(term)}

    def documents_with_pair(self, left: QueryTerm, right: QueryTerm) -> Set[int]:
        """Return the doc ids of the documents in which `right` comes directly after `left`."""
        before = self._of_term(left)
        return {
            posting >> POSITION_BITS
            for posting in self._of_term(right)
            if 0 < posting & LAST_POSITION < LAST_POSITION and posting - 1 in before
        }

    def _of_term(self, term: QueryTerm) -> Set[int]:
        first, *others = term.candidates
        return self._of_stem(first.stem).union(*(self._of_stem(candidate.stem) for candidate in others))

    def _of_stem(self, stem: str) -> Set[int]:
        if stem not in self._known:
            posting = self._postings[stem]
            few = len(posting) <= _BISECT_FROM
            chosen = posting[self._is_chosen[posting >> POSITION_BITS]] if few else self._bisected(posting)
            self._known[stem] = set(chosen.tolist())
        return self._known[stem]

    def _bisected(self, posting: IntArray) -> IntArray:
        """Return the postings of the chosen documents by bisection."""
        edges = (np.stack((self._doc_ids, self._doc_ids + 1)) << POSITION_BITS).astype(np.uint32)
        first, end = posting.searchsorted(edges)
        counts = end - first
        ends = counts.cumsum()
        # The ranges from `first` to `end`, one after the other.
        chosen: IntArray = posting[np.arange(ends[-1]) + np.repeat(first - ends + counts, counts)]
        return chosen


def doc_ids_of(posting: IntArray) -> IntArray:
    """Return the doc id of each posting."""
    return posting >> POSITION_BITS
