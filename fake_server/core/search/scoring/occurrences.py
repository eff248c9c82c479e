"""Occurrences: how often, and where, the stems of a query occur in the few documents that are scored in detail."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, List, Sequence, Tuple

import numpy as np

from fake_server.core.search.packing import LAST_POSITION, POSITION_BITS

if TYPE_CHECKING:
    from fake_server.core.search.postings import IntArray

__all__ = ["MASKED", "Occurrences", "PostingLists", "doc_ids_of"]

# From this many postings on, bisection finds those of a few documents faster than a pass over all.
_MANY = 8_192
# A row of the grid of positions has one more, which is after the last, and where nothing is.
_POSITIONS = LAST_POSITION + 2
MASKED = 64
"""The most words of a document whose positions are the bits of one number."""
_BITS: IntArray = np.uint64(1) << np.arange(MASKED, dtype=np.uint64)
_ONE = np.uint64(1)


class PostingLists:
    """The postings of the stems of a query, by row; those of all short lists are one array too, for one pass over it.

    `every` has the postings of the short lists, `doc_ids` their documents, and `ends` where each of `short` rows ends.
    """

    def __init__(self, postings: Sequence[IntArray]) -> None:
        """Take the postings of each stem, ascending."""
        self.postings = postings
        self.sizes = [*map(len, postings)]
        self.short: Sequence[int] = range(len(postings))
        self.long: List[int] = []
        short = postings
        if max(self.sizes, default=0) > _MANY:
            self.short = [row for row, size in enumerate(self.sizes) if size <= _MANY]
            self.long = [row for row, size in enumerate(self.sizes) if size > _MANY]
            short = [postings[row] for row in self.short]
        self.every: IntArray = np.concatenate(short) if short else np.empty(0, np.uint32)
        self.doc_ids: IntArray = (self.every >> POSITION_BITS).astype(np.intp)

    @cached_property
    def ends(self) -> IntArray:
        """Where the postings of each short list end."""
        sizes: IntArray = np.array([self.sizes[row] for row in self.short], np.intp)
        return sizes.cumsum()

    def add_to(self, sums: IntArray, weights: Sequence[int], *, once: bool) -> None:
        """Add the weight of each short row to its documents, once for each, in one pass over all lists.

        Whoever knows that no document has a stem twice says `once`, which saves the time to look.
        """
        # Stop words have no weight, stand last, and are in most documents: nothing of them is looked at.
        rows = len(weights)
        while rows and not weights[rows - 1]:
            rows -= 1
        sizes = [self.sizes[row] for row in self.short[:rows]]
        doc_ids = self.doc_ids[: sum(sizes)]
        if not len(doc_ids):
            return
        each = np.array(weights[:rows], sums.dtype).repeat(sizes)
        if not once:
            ends = self.ends[: rows - 1]
            is_first = np.ones(len(doc_ids), np.bool_)
            np.not_equal(doc_ids[1:], doc_ids[:-1], out=is_first[1:])
            is_first[ends[ends < len(is_first)]] = True
            each *= is_first
        np.add.at(sums, doc_ids, each)


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
        table[doc_ids] = np.arange(self._columns)
        # A cell is a row and a column in one number.
        cells = lists.ends.searchsorted(chosen, "right")
        if lists.long:
            cells = np.array(lists.short, np.intp).take(cells)
        cells *= self._columns
        cells += table.take(lists.doc_ids.take(chosen))
        postings = lists.every.take(chosen)
        if lists.long:
            some = [(row * self._columns, _bisected(lists.postings[row], doc_ids)) for row in lists.long]
            cells = np.concatenate([cells, *(first + table.take(doc_ids_of(each)) for first, each in some)])
            postings = np.concatenate([postings, *(each for _, each in some)])
        self._cells: IntArray = cells
        self._positions: IntArray = postings & np.uint32(LAST_POSITION)
        held: IntArray = np.zeros(self._size * self._columns, np.bool_)
        held[cells] = True
        self.held: IntArray = held.reshape(self._size, self._columns)

    @cached_property
    def counts(self) -> IntArray:
        """How often each document has each stem."""
        counts: IntArray = np.bincount(self._cells, minlength=self._size * self._columns)
        return counts.reshape(self._size, self._columns)

    def pairs(self, pairs: Sequence[Tuple[Sequence[int], Sequence[int]]], *, are_short: bool) -> IntArray:
        """Return for each document how many pairs it holds: some stem of the first, then some stem of the second.

        The documents are short if none has more words than `MASKED`.
        """
        if are_short and all(len(left) == len(right) == 1 for left, right in pairs):
            return self._pairs_of_masks([*{(left[0], right[0]): None for left, right in pairs}])
        return self._pairs_of_grid(pairs)

    def _pairs_of_masks(self, pairs: Sequence[Tuple[int, int]]) -> IntArray:
        """Return how many pairs of stems each document holds, by a number for each stem with a bit for each place."""
        masks: IntArray = np.zeros(self._size * self._columns, np.uint64)
        np.add.at(masks, self._cells, _BITS.take(self._positions))
        rows = [left for left, _ in pairs]
        rows += [right for _, right in pairs]
        both = masks.reshape(self._size, self._columns).take(rows, 0)
        left, right = both[: len(pairs)], both[len(pairs) :]
        left <<= _ONE
        left &= right
        number: IntArray = np.add.reduce(left != 0, 0)
        return number

    def _pairs_of_grid(self, pairs: Sequence[Tuple[Sequence[int], Sequence[int]]]) -> IntArray:
        """Return how many pairs each document holds, by a grid of documents and positions."""
        row, column = np.divmod(self._cells, self._columns)
        # By document and position the row plus one of the stem there, 0 for any other.
        grid: IntArray = np.zeros(self._columns * _POSITIONS, np.int16)
        place = column * _POSITIONS + self._positions
        grid[place] = row + 1
        # Many words may share the last position, so no neighbours are known there.
        grid[LAST_POSITION::_POSITIONS] = 0
        pair_of: IntArray = np.zeros(self._size * (self._size + 1), np.int16)
        for each, (left, right) in enumerate(pairs, 1):
            for first in left:
                for second in right:
                    pair_of[first * (self._size + 1) + second + 1] = each
        found = pair_of.take(row * (self._size + 1) + grid.take(place + 1))
        held: IntArray = np.zeros((len(pairs) + 1) * self._columns, np.bool_)
        held[found * np.intp(self._columns) + column] = True
        number: IntArray = held[self._columns :].reshape(len(pairs), self._columns).sum(0)
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
