"""Content: the words that say something in each document, as 16 bits each, so that two documents can be compared."""

from __future__ import annotations

from array import array
from typing import FrozenSet, Iterable, List, Mapping
from zlib import crc32

from fake_server.core.search.text.scripts import is_pair

__all__ = ["ContentWords"]

# More than a document has that is short enough to be compared (scoring.saturation).
_KEPT = 64


class ContentWords:
    """The distinct content words of documents, by doc id; a number is none, since it may differ in an update.

    So may a weekday, a month, a number in words or a title: one stands for any other of its kind. A pair of characters
    of a script without spaces is none beside its characters: two halves of it are in few other pairs.
    """

    def __init__(self, stop_stems: FrozenSet[str], kinds: Mapping[str, str]) -> None:
        """Start empty; the stems of stop words are no content, and those of one kind are one word."""
        self._stop_stems = stop_stems
        self._kinds = kinds
        # By stem id the mark of the stem, 0 if it is no content.
        self._marks = array("H")
        # The marks of document n are those from starts[n] up to starts[n + 1].
        self._of_documents = array("H")
        self._starts = array("I", [0])

    def add_stem(self, stem: str) -> None:
        """Add a stem, which has the next id."""
        is_content = stem not in self._stop_stems and not any(map(str.isdecimal, stem)) and not is_pair(stem)
        # The same on every machine, unlike a hash.
        mark = self._kinds.get(stem, stem)
        self._marks.append(crc32(mark.encode("utf-8", "surrogatepass")) % 0xFFFF + 1 if is_content else 0)

    def add(self, stem_ids: Iterable[int]) -> None:
        """Add a document, which has the next doc id, by the ids of its stems."""
        marks = {*map(self._marks.__getitem__, stem_ids)}
        marks.discard(0)
        self._of_documents.fromlist([*marks] if len(marks) <= _KEPT else sorted(marks)[:_KEPT])
        self._starts.append(len(self._of_documents))

    def counts(self, doc_ids: Iterable[int]) -> List[int]:
        """Return how many distinct content words each document has."""
        starts = self._starts
        return [starts[doc_id + 1] - starts[doc_id] for doc_id in doc_ids]

    def of(self, doc_ids: Iterable[int]) -> List[FrozenSet[int]]:
        """Return the marks of the content words of each document."""
        starts, every = self._starts, self._of_documents
        return [frozenset(every[starts[doc_id] : starts[doc_id + 1]]) for doc_id in doc_ids]
