"""Occurrences: how often, and where, the stems of a query occur in the few documents that are scored in detail."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, List, Sequence, Tuple

import numpy as np

from fake_server.core.search.packing import LAST_POSITION, POSITION_BITS

if TYPE_CHECKING:
    from fake_server.core.search.postings import IntArray

__all__ = ["Occurrences", "PostingLists", "doc_ids_of"]

# From this many postings on, bisection finds those of a few documents faster than a pass over all.
_MANY = 8_192
# A row of the grid of positions has one more, which is after the last, and where nothing is.
_POSITIONS = LAST_POSITION + 2


class PostingLists:
    """The postings of the stems of a query, by row; those of all short lists are one array too, for one pass over it.

    `every` has the postings of the short lists, `doc_ids` their documents, and `ends` where each of `short` rows ends.
    """

    def __init__(self, postings: Sequence[IntArray]) -> None:
        """Take the postings of each stem, ascending."""
        self.postings = postings
        self.short: List[int] = [row for row, posting in enumerate(postings) if len(posting) <= _MANY]
        self.long: List[int] = [row for row, posting in enumerate(postings) if len(posting) > _MANY]
        short = [postings[row] for row in self.short]
        self.every: IntArray = np.concatenate(short) if short else np.empty(0, np.uint32)
        self.doc_ids: IntArray = doc_ids_of(self.every).astype(np.intp)
        self.sizes = [len(posting) for posting in short]
        self.ends: IntArray = np.array(self.sizes, np.intp).cumsum()

    def add_to(self, sums: IntArray, weights: Sequence[int]) -> None:
        """Add the weight of each short row to its documents, once for each, in one pass over all lists."""
        # Stop words have no weight, stand last, and are in most documents: nothing of them is looked at.
        rows = max((row for row, weight in enumerate(weights, 1) if weight), default=0)
        ends = self.ends[:rows]
        doc_ids = self.doc_ids[: sum(self.sizes[:rows])]
        if not len(doc_ids):
            return
        each = np.array(weights[:rows], np.int32).repeat(self.sizes[:rows])
        is_first = np.ones(len(doc_ids), np.bool_)
        np.not_equal(doc_ids[1:], doc_ids[:-1], out=is_first[1:])
        is_first[ends[:-1][ends[:-1] < len(is_first)]] = True
        np.add.at(sums, doc_ids, each * is_first)


class Occurrences:
    """The postings of some stems in a few documents.

    `held` has a row for each stem and a column for each document: whether it has the stem. `counts` says how often.
    """

    def __init__(self, lists: PostingLists, doc_ids: IntArray, documents: int) -> None:
        """Find the postings of each stem in documents that are given by ascending doc ids, out of so many."""
        self._size = len(lists.postings)
        self._columns = len(doc_ids)
        is_chosen: IntArray = np.zeros(documents, np.bool_)
        is_chosen[doc_ids] = True
        chosen = is_chosen.take(lists.doc_ids).nonzero()[0]
        # By doc id its column.
        table: IntArray = np.empty(documents, np.intp)
        table[doc_ids] = np.arange(len(doc_ids))
        columns, postings = [table.take(lists.doc_ids.take(chosen))], [lists.every.take(chosen)]
        rows = [np.array(lists.short, np.intp).take(lists.ends.searchsorted(chosen, "right"))]
        for row in lists.long:
            found = _bisected(lists.postings[row], doc_ids)
            columns.append(table.take(doc_ids_of(found)))
            postings.append(found)
            rows.append(np.full(len(found), row, np.intp))
        self._column = _joined(columns)
        self._row = _joined(rows)
        self._position = (_joined(postings) & np.uint32(LAST_POSITION)).astype(np.intp)
        self._cell = self._row * self._columns + self._column
        held: IntArray = np.zeros(self._size * self._columns, np.bool_)
        held[self._cell] = True
        self.held: IntArray = held.reshape(self._size, self._columns)

    @cached_property
    def counts(self) -> IntArray:
        """How often each document has each stem."""
        counts: IntArray = np.bincount(self._cell, minlength=self._size * self._columns)
        return counts.reshape(self._size, self._columns)

    def pairs(self, pairs: Sequence[Tuple[Sequence[int], Sequence[int]]]) -> IntArray:
        """Return for each document how many pairs it holds: some stem of the first, then some stem of the second."""
        if not pairs:
            return np.zeros(self._columns, np.int64)
        # By document and position the row plus one of the stem there, 0 for any other.
        grid: IntArray = np.zeros(self._columns * _POSITIONS, np.int16)
        place = self._column * _POSITIONS + self._position
        grid[place] = self._row + 1
        # Many words may share the last position, so no neighbours are known there.
        grid[LAST_POSITION::_POSITIONS] = 0
        pair_of: IntArray = np.zeros(self._size * (self._size + 1), np.int16)
        for each, (left, right) in enumerate(pairs, 1):
            for row in left:
                for after in right:
                    pair_of[row * (self._size + 1) + after + 1] = each
        found = pair_of.take(self._row * (self._size + 1) + grid.take(place + 1))
        held: IntArray = np.zeros((len(pairs) + 1) * self._columns, np.bool_)
        held[found * np.intp(self._columns) + self._column] = True
        number: IntArray = held[self._columns :].reshape(len(pairs), self._columns).sum(0)
        return number


def _joined(parts: Sequence[IntArray]) -> IntArray:
    """Return some arrays as one."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


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
