"""Kept rows: in which documents the stems that questions ask for stand, and where, kept for the next question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Dict, List, NamedTuple, Optional, Sequence, Tuple, cast

import numpy as np

from fake_server.core.search.lately import Lately
from fake_server.core.search.packing import LAST_POSITION, POSITION_BITS

from .occurrences import MASKED

if TYPE_CHECKING:
    from fake_server.core.search.postings import IntArray, Postings

__all__ = ["FIRST_PLACES", "Found", "KeptRows", "Row"]

# Above so many documents, rows are long and few, and a pass over the postings takes no longer.
_MOST_DOCUMENTS = 2_048
# The cells of a table, of eight bytes each, and its rows; and the indexes searched last, which may have one.
_CELLS = 1 << 18
_ROWS = 256
_SEARCHED = Lately(4)
# A table has columns for some more documents than there are, and when it is full, a part of its rows is given away.
_SPARE = 8
_PART = 4
# So few postings are taken one by one.
_RARE = 8
FIRST_PLACES = MASKED - 1
"""So many places of a stem in a document have a bit of their own."""
# By position its bit; those past the first places share the last one.
_BIT_OF: IntArray = np.uint64(1) << np.minimum(np.arange(LAST_POSITION + 1), FIRST_PLACES).astype(np.uint64)
_LAST = np.uint32(LAST_POSITION)
_NO_POSTINGS: IntArray = np.empty(0, np.uint32)
_NO_DOCUMENTS: IntArray = np.empty(0, np.intp)


class Row(NamedTuple):
    """What is kept of a stem: where its row of the table begins, and the documents that have it, ascending.

    `late` has its postings past the first places, and `size` is the number of all its postings.
    """

    begin: int
    doc_ids: IntArray
    late: IntArray
    size: int


class Found(NamedTuple):
    """The rows of some stems, and the table, one row after the other, with a column for each document.

    A cell has a bit for each of the first places of a stem in a document, and one for all others. It is valid until
    other stems are asked for.
    """

    rows: Sequence[Row]
    places: IntArray


class KeptRows:
    """The rows of stems that were asked for; a row is completed when it is asked for again after documents came.

    A deleted document stays. When the table is full, the rows that came first are given away. The second search makes
    the table, unless many other indexes were searched since the first, and it goes when they are.
    """

    def __init__(self, postings: Postings) -> None:
        """Start empty."""
        self._postings = postings
        self._table: Optional[_Table] = None

    def of(self, stems: Dict[str, int], documents: int, *, has_long: bool) -> Optional[Found]:
        """Return the rows of some stems, in so many documents; None if there are none, too many, or no table yet.

        Some documents are long if they have more words than there are first places.
        """
        if not stems or documents > _MOST_DOCUMENTS:
            return None
        if not _SEARCHED.use(self):
            return None
        table = self._table
        if table is None or documents > table.columns:
            table = self._table = _Table(self._postings, documents + documents // _SPARE + 1)
        return table.of(stems, documents, has_long)

    def forget(self) -> None:
        """Forget all rows; a search that has some keeps them."""
        self._table = None


class _Table:
    """The rows of one index, for as long as its documents fit."""

    def __init__(self, postings: Postings, columns: int) -> None:
        self.columns = columns
        self._postings = postings
        rows = min(_CELLS // columns, _ROWS)
        self._places: IntArray = np.zeros(rows * columns, np.uint64)
        self._free = [*range(0, rows * columns, columns)]
        self._most = rows // 2
        self._rows: Dict[str, Row] = {}
        # The rows that have all postings, as long as no document comes.
        self._complete: Dict[str, Row] = {}
        self._documents = 0

    def of(self, stems: Dict[str, int], documents: int, has_long: bool) -> Optional[Found]:  # noqa: FBT001 - one caller
        """Return the rows of some stems, None if they are too many."""
        if documents != self._documents:
            self._complete = {}
            self._documents = documents
        rows = [*map(self._complete.get, stems)]
        if None in rows:
            if len(stems) > self._most:
                return None
            self._complete_rows([stem for stem, row in zip(stems, rows) if row is None], stems, has_long=has_long)
            rows = [*map(self._complete.get, stems)]
        return Found(cast("List[Row]", rows), self._places)

    def _complete_rows(self, stems: Sequence[str], asked: Dict[str, int], *, has_long: bool) -> None:
        """Complete the rows of some of the stems that are asked for, which may have none yet."""
        late: List[Tuple[str, bool]] = []
        for stem, (size, frequency) in zip(stems, self._postings.sizes(stems)):
            row = self._rows.get(stem)
            if row is None or row.size != size:
                late.append((stem, size == frequency))
            else:
                self._complete[stem] = row
        if len(late) > len(self._free):
            self._give_away(len(late), asked)
        if late:
            found = self._postings.of([stem for stem, _ in late])
            many: List[Tuple[str, Row, IntArray]] = []
            for (stem, _), postings in zip(late, found):
                row = self._rows.get(stem) or Row(self._free.pop(), _NO_DOCUMENTS, _NO_POSTINGS, 0)
                some = postings[row.size :] if row.size else postings
                if len(some) <= _RARE:
                    self._rows[stem] = self._complete[stem] = self._with_few(row, some.tolist())
                else:
                    many.append((stem, row, some))
            if many:
                self._complete_many(many, are_once=all(is_once for _, is_once in late), has_long=has_long)

    def _give_away(self, most: int, asked: Dict[str, int]) -> None:
        """Free some rows, first those that were not asked for since this was done last."""
        own = [stem for stem in self._rows if stem not in asked]
        own.sort(key=self._complete.__contains__)
        for stem in own[: max(len(own) // _PART, most)]:
            row = self._rows.pop(stem)
            self._free.append(row.begin)
            self._places[row.doc_ids + row.begin] = 0
        self._complete = {stem: self._complete[stem] for stem in asked if stem in self._complete}

    def _complete_many(self, rows: Sequence[Tuple[str, Row, IntArray]], *, are_once: bool, has_long: bool) -> None:
        """Complete rows by more postings, all of documents that the row has nothing of yet, in one pass."""
        sizes = [len(postings) for _, _, postings in rows]
        every = rows[0][2] if len(rows) == 1 else np.concatenate([postings for _, _, postings in rows])
        begins = np.array([row.begin for _, row, _ in rows])
        cells: IntArray = (every >> POSITION_BITS).astype(np.intp)
        cells += begins.repeat(sizes)
        positions = (every & _LAST).astype(np.intp)
        bits = _BIT_OF.take(positions)
        ends = np.array(sizes).cumsum()
        if not are_once:
            is_first = np.empty(len(cells), np.bool_)
            is_first[0] = True
            np.not_equal(cells[1:], cells[:-1], out=is_first[1:])
            starts = is_first.nonzero()[0]
            cells, bits, ends = cells.take(starts), np.bitwise_or.reduceat(bits, starts), starts.searchsorted(ends)
        self._places[cells] = bits
        has_late = has_long and positions.item(positions.argmax()) >= FIRST_PLACES
        first = 0
        for (stem, row, postings), size, end in zip(rows, sizes, ends.tolist()):
            doc_ids, late, first = cells[first:end] - row.begin, row.late, end
            if has_late:
                late = np.concatenate((late, postings[postings & _LAST >= FIRST_PLACES]))
            if row.size:
                doc_ids = np.concatenate((row.doc_ids, doc_ids))
            self._rows[stem] = self._complete[stem] = Row(row.begin, doc_ids, late, row.size + size)

    def _with_few(self, row: Row, postings: List[int]) -> Row:
        """Return a row with a few more postings, which takes less time one by one."""
        bits: Dict[int, int] = {}
        late: List[int] = []
        for posting in postings:
            doc_id, position = posting >> POSITION_BITS, posting & LAST_POSITION
            bits[doc_id] = bits.get(doc_id, 0) | 1 << min(position, FIRST_PLACES)
            if position >= FIRST_PLACES:
                late.append(posting)
        doc_ids: IntArray = np.array([*bits], np.intp)
        for doc_id, each in bits.items():
            self._places[row.begin + doc_id] = each
        return Row(
            row.begin,
            np.concatenate((row.doc_ids, doc_ids)) if row.size else doc_ids,
            np.concatenate((row.late, np.array(late, np.uint32))) if late else row.late,
            row.size + len(postings),
        )
