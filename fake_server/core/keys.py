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
        self._live = 0
        # One more than the number of a key, 0 for a free place. What was removed stays, and equals no key.
        self._table = array("I", bytes(32))

    def __len__(self) -> int:
        """Return how many keys there are, without those that were removed."""
        return self._live

    def __getitem__(self, number: int) -> str:
        """Return the key of a number, "" for one that was removed."""
        return self._keys[number] or ""

    @property
    def given(self) -> int:
        """How many numbers have been given."""
        return len(self._keys)

    def find(self, key: str) -> Optional[int]:
        """Return the number of a key, None where there is none."""
        table, keys = self._table, self._keys
        mask = len(table) - 1
        place = hash(key) & mask
        while table[place]:
            number = table[place] - 1
            if keys[number] == key:
                return number
            place = place + 1 & mask
        return None

    def append(self, key: str) -> int:
        """Give a key, which must be new, its number."""
        number = len(self._keys)
        self._keys.append(key)
        self._live += 1
        if len(self._keys) * 2 > len(self._table):
            self._grow()
        else:
            self._note(key, number)
        return number

    def remove(self, number: int) -> None:
        """Forget the key of a number."""
        self._keys[number] = None
        self._live -= 1

    def _note(self, key: str, number: int) -> None:
        table = self._table
        mask = len(table) - 1
        place = hash(key) & mask
        while table[place]:
            place = place + 1 & mask
        table[place] = number + 1

    def _grow(self) -> None:
        self._table = array("I", bytes(8 * len(self._table)))
        for number, key in enumerate(self._keys):
            if key is not None:
                self._note(key, number)
