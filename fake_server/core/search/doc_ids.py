"""Keys by their number in order of arrival, and the number of a key."""

from __future__ import annotations

from array import array
from typing import List, Optional

__all__ = ["Keys"]


class Keys:
    """Keys, each with the number of its arrival; a removed one leaves its number unused.

    The way back is an open table of numbers, probed one place after the other, because a dict of a million keys with
    their numbers takes seventy megabytes and this takes eight. Python's own hash of a key only says where to look.
    """

    def __init__(self) -> None:
        """Hold nothing."""
        self._keys: List[Optional[str]] = []
        self._removed = 0
        # One more than the number of a key, 0 for a free place. What was removed stays, and equals no key. The first so
        # many keys are in it: the rest wait until one is looked for, since most are only ever given.
        self._table = array("I", bytes(32))
        self._noted = 0

    def __len__(self) -> int:
        """Return how many keys there are, without those that were removed."""
        return len(self._keys) - self._removed

    def __getitem__(self, number: int) -> str:
        """Return the key of a number, "" for one that was removed."""
        return self._keys[number] or ""

    @property
    def given(self) -> int:
        """How many numbers have been given."""
        return len(self._keys)

    def find(self, key: str) -> Optional[int]:
        """Return the number of a key, None where there is none."""
        self._note()
        table, keys = self._table, self._keys
        mask = len(table) - 1
        place = hash(key) & mask
        while table[place]:
            number = table[place] - 1
            if keys[number] == key:
                return number
            place = place + 1 & mask
        return None

    def append(self, key: str) -> None:
        """Give a key, which must be new, its number."""
        self._keys.append(key)

    def remove(self, number: int) -> None:
        """Forget the key of a number."""
        self._keys[number] = None
        self._removed += 1

    def _note(self) -> None:
        size = len(self._table)
        while len(self._keys) * 2 > size:
            size *= 2
        if size > len(self._table):
            self._table = array("I", bytes(4 * size))
            self._noted = 0
        table, mask = self._table, size - 1
        for number in range(self._noted, len(self._keys)):
            key = self._keys[number]
            if key is not None:
                place = hash(key) & mask
                while table[place]:
                    place = place + 1 & mask
                table[place] = number + 1
        self._noted = len(self._keys)
