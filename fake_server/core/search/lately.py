"""What the keys in use keep to be quick: others let go of it, so that many small keys take little memory."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Protocol
from weakref import ref

__all__ = ["Lately"]


class _Keeper(Protocol):
    """Who keeps something that can be made again."""

    def forget(self) -> None: ...


class Lately:
    """Those who were in use last: so many of them may keep something. Any thread may use one at any time."""

    def __init__(self, most: int) -> None:
        """Start empty."""
        self._most = most
        self._lock = Lock()
        self._used: OrderedDict[ref[_Keeper], None] = OrderedDict()  # the one in use last stands last

    def use(self, keeper: _Keeper) -> bool:
        """Take note that one is in use; return whether it was among the last ones already, so that it pays to keep.

        Who takes turns with too many others would only make again and again what it cannot keep.
        """
        own = ref(keeper)
        with self._lock:
            was_there = own in self._used
            self._used[own] = None
            self._used.move_to_end(own)
            idlest = None
            if len(self._used) > self._most:
                idlest = self._used.popitem(last=False)[0]()
        if idlest is not None:
            idlest.forget()
        return was_there
