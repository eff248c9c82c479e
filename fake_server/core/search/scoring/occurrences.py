"""Occurrences: how often, and where, the stems of a query occur in the few documents that are scored in detail."""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Sequence, Tuple

import numpy as np

from fake_server.core.search.packing import LAST_POSITION, POSITION_BITS

if TYPE_CHECKING:
    from fake_server.core.search.postings import IntArray

__all__ = ["MANY", "Occurrences", "doc_ids_of"]

# From this many postings on, bisection finds those of a few documents faster than a pass over all.
MANY = 8_192


class Occurrences:
    """The postings of some stems in a few documents; `counts` has a row for each stem, a column for each document."""

    def __init__(self, postings: Sequence[IntArray], doc_ids: IntArray, documents: int) -> None:
        """Find the postings of each stem in documents that are given by ascending doc ids, out of so many."""
        self._size = len(postings)
        self._columns = len(doc_ids)
        # By doc id its column plus one, 0 for a document that was not chosen.
        table: IntArray = np.zeros(documents, np.uint32)
        table[doc_ids] = np.arange(1, len(doc_ids) + 1)
        found: List[IntArray] = [np.empty(0, np.uint32)]
        sizes: List[int] = []
        for posting in postings:
            found.append(posting if len(posting) <= MANY else _bisected(posting, doc_ids))
            sizes.append(len(found[-1]))
        every = np.concatenate(found)
        column = table[every >> POSITION_BITS]
        chosen = column.nonzero()[0]
        self._column = column[chosen] - np.uint32(1)
        self._row = np.arange(self._size).repeat(sizes)[chosen]
        self._position = every[chosen] & np.uint32(LAST_POSITION)
        self.counts: IntArray = np.bincount(
            self._row * self._columns + self._column, minlength=self._size * self._columns
        ).reshape(self._size, self._columns)

    def pairs(self, pairs: Sequence[Tuple[Sequence[int], Sequence[int]]]) -> IntArray:
        """Return for each document how many pairs it holds: some stem of the first, then some stem of the second."""
        if not pairs:
            return np.zeros(self._columns, np.int64)
        grid: IntArray = np.zeros((self._columns, LAST_POSITION + 2), np.int16)
        grid[self._column, self._position] = self._row + 1
        # Many words may share the last position, so no neighbours are known there.
        grid[:, LAST_POSITION] = 0
        pair_of: IntArray = np.zeros((self._size, self._size + 1), np.int16)
        for each, (left, right) in enumerate(pairs, 1):
            for row in left:
                for after in right:
                    pair_of[row, after + 1] = each
        held: IntArray = np.zeros((len(pairs) + 1, self._columns), np.bool_)
        held[pair_of[self._row, grid[self._column, self._position + np.uint32(1)]], self._column] = True
        number: IntArray = held[1:].sum(0)
        return number


def _bisected(posting: IntArray, doc_ids: IntArray) -> IntArray:
    """Return the postings of some documents by bisection."""
    edges = (np.stack((doc_ids, doc_ids + 1)) << POSITION_BITS).astype(np.uint32)
    first, end = posting.searchsorted(edges)
    counts = end - first
    ends = counts.cumsum()
    # The ranges from `first` to `end`, one after the other.
    chosen: IntArray = posting[np.arange(ends[-1]) + np.repeat(first - ends + counts, counts)]
    return chosen


def doc_ids_of(posting: IntArray) -> IntArray:
    """Return the doc id of each posting."""
    return posting >> POSITION_BITS
