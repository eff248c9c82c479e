"""Places: where the stems of a query stand in the few documents that are scored in detail, as the bits of numbers."""

from __future__ import annotations

from itertools import accumulate, chain, product
from typing import TYPE_CHECKING, Dict, List, Sequence, Tuple

import numpy as np

from fake_server.core.search.packing import LAST_POSITION, POSITION_BITS

from .kept_rows import FIRST_PLACES

if TYPE_CHECKING:
    from fake_server.core.search.postings import IntArray

    from .kept_rows import Found

__all__ = ["Pair", "Places", "are_distinct"]

Pair = Tuple[Sequence[int], Sequence[int]]

_ONE = np.uint64(1)
_FIRST = (1 << FIRST_PLACES) - 1
_NEIGHBOURS = (1 << LAST_POSITION) - 1


class Places:
    """The places of some stems in a few documents.

    `held` has a row for each stem and a column for each document: whether it has the stem. In the `long` documents it
    counts how often it has one; these are looked at one by one, so they must be few.
    """

    def __init__(self, found: Found, doc_ids: IntArray, long: Sequence[int]) -> None:
        """Take the rows of the stems, the documents by ascending doc ids, and the columns of the long ones."""
        cells = np.array([row.begin for row in found.rows]).reshape(-1, 1) + doc_ids
        self.places: IntArray = found.places.take(cells)
        self.held: IntArray = self.places != 0
        self._rows = found.rows
        # By column of each long document for each stem its places, and how many of them are past the first ones.
        self.long: Dict[int, List[int]] = {}
        self._late: Dict[int, List[int]] = {}
        if long:
            self._read_long(doc_ids, long)

    def _read_long(self, doc_ids: IntArray, long: Sequence[int]) -> None:
        self.long = dict(zip(long, self.places.take(long, 1).T.tolist()))
        column_of = dict(zip(doc_ids.take(long).tolist(), long))
        for stem, row in enumerate(self._rows):
            for posting in row.late.tolist() if len(row.late) else ():
                column = column_of.get(posting >> POSITION_BITS)
                if column is not None:
                    late = self._late.get(column)
                    if late is None:
                        late = self._late[column] = [0] * len(self._rows)
                        self.long[column] = [places & _FIRST for places in self.long[column]]
                    self.long[column][stem] |= 1 << (posting & LAST_POSITION)
                    late[stem] += 1

    def count(self, column: int, stem: int) -> int:
        """Return how often a long document has a stem."""
        places, late = self.long[column][stem], self._late.get(column)
        return bin(places).count("1") if late is None else bin(places & _FIRST).count("1") + late[stem]

    def pairs(self, pairs: Sequence[Pair]) -> IntArray:
        """Return for each document how many pairs it holds: some stem of the first, then some stem of the second.

        The pairs are distinct in their stems (`are_distinct`).
        """
        lefts, rights = zip(*pairs)
        left, right = self._any_of(lefts), self._any_of(rights)
        left <<= _ONE
        left &= right
        number: IntArray = np.add.reduce(left != 0, 0)
        for column in self._late:
            number[column] = sum([_are_in_order(*pair, self.long[column]) for pair in pairs])
        return number

    def _any_of(self, rows: Sequence[Sequence[int]]) -> IntArray:
        """Return the places of any of some stems, for each group of them."""
        every = [*chain.from_iterable(rows)]
        places = self.places.take(every, 0)
        if len(every) == len(rows):
            return places
        ends = [*accumulate(map(len, rows))]
        joined: IntArray = np.bitwise_or.reduceat(places, [0, *ends[:-1]])
        return joined


def _are_in_order(lefts: Sequence[int], rights: Sequence[int], places: Sequence[int]) -> bool:
    """Whether some stem stands just before another; the words that share the last position have no neighbours."""
    left = right = 0
    for stem in lefts:
        left |= places[stem]
    for stem in rights:
        right |= places[stem]
    return left << 1 & right & _NEIGHBOURS != 0


def are_distinct(pairs: Sequence[Pair]) -> bool:
    """Whether no two pairs share two stems, so that the places of all stems of a term may be taken together."""
    stems = [both for left, right in pairs for both in product(left, right)]
    return len({*stems}) == len(stems)
