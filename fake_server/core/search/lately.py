"""What the keys used lately keep to be quick: the others let go of it, so that many small keys take little memory."""

from __future__ import annotations

from collections import deque
from typing import Deque, Protocol
from weakref import ref

__all__ = ["Lately"]


class _Keeper(Protocol):
    """Who keeps something that can be made again."""

    def forget(self) -> None: ...


class Lately:
    """The latest of those that began to keep something; beyond so many, the one that began first forgets it.

    Any thread may add one at any time.
    """

    def __init__(self, most: int) -> None:
        """Start empty."""
        self._most = most
        self._began: Deque[ref[_Keeper]] = deque()

    def add(self, keeper: _Keeper) -> None:
        """Take note that one begins to keep something."""
        self._began.append(ref(keeper))
        while len(self._began) > self._most:
            other = self._began.popleft()()
            # It stands there once for each time that it began.
            if other is not None and all(each() is not other for each in [*self._began]):
                other.forget()
