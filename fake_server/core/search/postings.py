"""Postings: in which documents, and at which positions, every stem occurs."""

from __future__ import annotations

from array import array
from itertools import repeat
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Mapping, Sequence, Tuple

import numpy as np

from .packing import LAST_POSITION, POSITION_BITS

if TYPE_CHECKING:
    IntArray = np.ndarray[Any, np.dtype[Any]]

__all__ = ["Postings"]

# A buffer of this many postings, or a sixteenth of the sorted ones, is merged into the sorted ones: few enough for each
# query to scan, and enough that sorting costs a fraction of a microsecond for each posting at any size.
_BUFFER = 1_024
_BUFFER_FRACTION = 16
# After this many lookups that had to scan a buffer, and one more for each 1,024 sorted postings, it is merged too: many
# queries without an addition in between need not scan it, and a merge costs each lookup a few microseconds at most.
_LOOKUPS = 16
_LOOKUP_SIZE = 1_024
_POSTING_BITS = 32
# So few stems are counted one by one, or this fraction of all, which takes less time than to count all at once.
_FEW = 64
# The first stem ids, as one object each for all keys: otherwise they take more memory than what they count.
_STEM_IDS = tuple(range(1 << 13))


class Postings:
    """The postings of stems; each stem has an id in order of arrival, and documents must be added in order of doc id.

    Removed postings are no longer counted but still returned, so that the caller has to leave out deleted documents.
    """

    def __init__(self) -> None:
        """Start empty."""
        self.stem_ids: Dict[str, int] = {}
        # Both lack the last documents until somebody asks: together they are counted in a third of the time.
        self._counts = array("I")
        self._documents = array("I")
        # The distinct stem ids of each of those, and where their postings begin in the buffer.
        self._uncounted = array("I")
        self._counted = 0
        # By stem id, how many of its postings were removed.
        self._removed: Dict[int, int] = {}
        # The postings of stem id n are those from starts[n] up to starts[n + 1].
        self._sorted: IntArray = np.empty(0, np.uint32)
        self._starts: IntArray = np.zeros(1, np.uint32)
        # The postings that are not sorted yet, and beside each its stem id.
        self._buffer = array("I")
        self._buffer_stems = array("I")
        self._lookups = 0

    def __contains__(self, stem: str) -> bool:
        """Whether a stem occurs."""
        self._count()
        stem_id = self.stem_ids.get(stem)
        return stem_id is not None and self._counts[stem_id] > 0

    def present(self, stems: Iterable[str]) -> List[str]:
        """Return those of some stems that occur."""
        self._count()
        ids, counts = self.stem_ids, self._counts
        return [stem for stem in stems if (stem_id := ids.get(stem)) is not None and counts[stem_id] > 0]

    def __getitem__(self, stem: str) -> IntArray:
        """Return the postings of a stem, ascending, removed ones too; raises KeyError for an unknown stem."""
        return self.of((stem,))[0]

    def of(self, stems: Iterable[str]) -> List[IntArray]:
        """Return the postings of each of some stems."""
        stem_ids = [*map(self.stem_ids.__getitem__, stems)]
        self._count()
        if self._buffer_stems:
            self._lookups += len(stem_ids)
            if self._lookups > _LOOKUPS + len(self._sorted) // _LOOKUP_SIZE:
                self._merge()
        # A stem that came after the last merge has no sorted postings: it begins and ends at the end.
        every, start, end = self._sorted, self._starts.item, len(self._starts) - 1
        found = [every[start(each) : start(each + 1)] if each < end else every[:0] for each in stem_ids]
        return [*map(self._with_late, stem_ids, found)] if self._buffer_stems else found

    def _with_late(self, stem_id: int, merged: IntArray) -> IntArray:
        """Return sorted postings of a stem with those that are not sorted yet."""
        if self._counts[stem_id] + self._removed.get(stem_id, 0) == len(merged):
            return merged
        late = np.frombuffer(self._buffer, np.uint32)[np.frombuffer(self._buffer_stems, np.uint32) == stem_id]
        return np.concatenate((merged, late)) if len(late) else merged

    def count(self, stem: str) -> int:
        """Return how often a stem occurs."""
        self._count()
        return self._counts[self.stem_ids[stem]]

    def sizes(self, stems: Iterable[str]) -> List[Tuple[int, int]]:
        """Return how many postings each stem has, removed ones too, and in how many documents it occurs."""
        self._count()
        ids, counts, documents, removed = self.stem_ids, self._counts, self._documents, self._removed
        return [(counts[(at := ids[stem])] + (removed.get(at, 0) if removed else 0), documents[at]) for stem in stems]

    def frequencies(self) -> Tuple[Mapping[str, int], Sequence[int]]:
        """Return the ids of stems, and by id in how many documents each occurs; nobody changes them."""
        self._count()
        return self.stem_ids, self._documents

    def document_frequency(self, stem: str) -> int:
        """Return in how many documents a stem occurs."""
        self._count()
        return self._documents[self.stem_ids[stem]]

    def add_stem(self, stem: str) -> int:
        """Assign the next id to a stem, which must be new, and return it."""
        stem_id = len(self._counts)
        self._counts.append(0)
        self._documents.append(0)
        self.stem_ids[stem] = stem_id = _STEM_IDS[stem_id] if stem_id < len(_STEM_IDS) else stem_id
        return stem_id

    def add(self, doc_id: int, stem_ids: List[int]) -> None:
        """Add the stems of a document, by their ids, in order of position."""
        size, first = len(stem_ids), doc_id << POSITION_BITS
        self._buffer_stems.fromlist(stem_ids)
        self._buffer.extend(range(first, first + min(size, LAST_POSITION)))
        if size > LAST_POSITION:
            self._buffer.extend(repeat(first + LAST_POSITION, size - LAST_POSITION))
        self._uncounted.fromlist([*set(stem_ids)])
        if len(self._buffer_stems) > max(_BUFFER, len(self._sorted) // _BUFFER_FRACTION):
            self._merge()

    def remove(self, stem_ids: List[int]) -> None:
        """Stop counting the stems of a deleted document."""
        self._count()
        for stem_id in stem_ids:
            self._counts[stem_id] -= 1
            self._removed[stem_id] = self._removed.get(stem_id, 0) + 1
        for stem_id in set(stem_ids):
            self._documents[stem_id] -= 1

    def _count(self) -> None:
        """Count the stems of the last documents, if that is still to be done."""
        if not self._uncounted:
            return
        for counts, new in ((self._counts, self._buffer_stems[self._counted :]), (self._documents, self._uncounted)):
            if len(new) > max(_FEW, len(counts) // _FEW):
                every: IntArray = np.frombuffer(counts, np.uint32)
                every += np.bincount(np.frombuffer(new, np.uint32), minlength=len(counts)).astype(np.uint32)
            else:
                for stem_id in new:
                    counts[stem_id] += 1
        self._uncounted, self._counted = array("I"), len(self._buffer_stems)

    def _merge(self) -> None:
        """Insert each posting of the buffer after the last one of its stem."""
        self._count()
        # One number of stem and posting sorts several times as fast as a stable sort by stem. Postings ascend in it.
        both: IntArray = np.frombuffer(self._buffer_stems, np.uint32).astype(np.int64) << _POSTING_BITS
        both |= np.frombuffer(self._buffer, np.uint32)
        both.sort()
        stem_ids, buffer = both >> _POSTING_BITS, both.astype(np.uint32)
        ends: IntArray = np.full(len(self._counts), len(self._sorted), np.int64)
        ends[: len(self._starts) - 1] = self._starts[1:]
        self._sorted = np.insert(self._sorted, ends[stem_ids], buffer)
        ends += np.bincount(stem_ids, minlength=len(ends)).cumsum()
        self._starts = np.concatenate(([0], ends)).astype(np.uint32)
        self._buffer, self._buffer_stems = array("I"), array("I")
        self._lookups = self._counted = 0
