"""Doc ids: numbers for the keys of documents in order of arrival, and the way back from a key to its number."""

from __future__ import annotations

from array import array
from typing import List, Optional

__all__ = ["DocIds"]


class DocIds:
    """The doc id of each key, in order of arrival; the doc id of a removed key is not used again.

    The way back is an open-addressing hash table of doc ids with linear probing: for a million keys a dict takes
    seventy megabytes and this takes eight. Python's own hash of a key only chooses where to start.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._keys: List[Optional[str]] = []
        self._removed = 0
        # The doc id of a key plus one, 0 for an empty bucket. A removed doc id stays, and equals no key. Only the first
        # `_filled` keys are in the table: the rest wait for the first lookup, since most keys are never looked up.
        self._table = array("I", bytes(32))
        self._filled = 0

    def __len__(self) -> int:
        """Return the number of keys, without the removed ones."""
        return len(self._keys) - self._removed

    def __getitem__(self, doc_id: int) -> str:
        """Return the key of a doc id, "" if it was removed."""
        return self._keys[doc_id] or ""

    @property
    def assigned(self) -> int:
        """The number of doc ids assigned so far, those of removed keys included."""
        return len(self._keys)

    def present(self) -> List[int]:
        """List the doc ids of the keys that were not removed."""
        return [doc_id for doc_id, key in enumerate(self._keys) if key is not None]

    def compacted(self) -> DocIds:
        """Return new doc ids for the keys that were not removed, in their order."""
        new = DocIds()
        new._keys = [key for key in self._keys if key is not None]
        return new

    def fill(self, most: int) -> bool:
        """Prepare the next lookups by at most so many keys; return whether there are more."""
        self._fill(self._filled + most)
        return self._filled < len(self._keys)

    def find(self, key: str) -> Optional[int]:
        """Return the doc id of a key, None if it has none."""
        self._fill(len(self._keys))
        table, keys = self._table, self._keys
        mask = len(table) - 1
        bucket = hash(key) & mask
        while table[bucket]:
            doc_id = table[bucket] - 1
            if keys[doc_id] == key:
                return doc_id
            bucket = bucket + 1 & mask
        return None

    def append(self, key: str) -> None:
        """Assign the next doc id to a key, which must be new."""
        self._keys.append(key)

    def remove(self, doc_id: int) -> None:
        """Remove the key of a doc id."""
        self._keys[doc_id] = None
        self._removed += 1

    def _fill(self, end: int) -> None:
        size = len(self._table)
        while len(self._keys) * 2 > size:
            size *= 2
        if size > len(self._table):
            self._table = array("I", bytes(4 * size))
            self._filled = 0
        table, mask = self._table, size - 1
        end = min(end, len(self._keys))
        for doc_id in range(self._filled, end):
            key = self._keys[doc_id]
            if key is not None:
                bucket = hash(key) & mask
                while table[bucket]:
                    bucket = bucket + 1 & mask
                table[bucket] = doc_id + 1
        self._filled = end
