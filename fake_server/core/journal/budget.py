"""The budget of all journals: how many bytes they take together, and which of them has been idle longest."""

from __future__ import annotations

from collections import OrderedDict
from typing import Protocol

__all__ = ["Budget"]


class _Shrinking(Protocol):
    """A journal as its budget sees it."""

    cost: int

    def __len__(self) -> int: ...

    def drop_oldest(self) -> None: ...

    def forget_bodies(self) -> None: ...


class Budget:
    """A bound on what journals take together: beyond it, the one that has been idle longest loses its oldest attempts.

    The newest attempt of all is always kept. Not thread-safe: the caller holds a lock.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.used = 0
        self._idle: OrderedDict[_Shrinking, None] = OrderedDict()  # the one used last stands last

    def use(self, journal: _Shrinking) -> None:
        """Take note that a journal is in use."""
        self._idle[journal] = None
        self._idle.move_to_end(journal)

    def charge(self, journal: _Shrinking, size: int) -> None:
        """Count bytes that a journal takes from now on, or no longer takes."""
        journal.cost += size
        self.used += size

    def leave(self, journal: _Shrinking) -> None:
        """Count a journal no longer."""
        self._idle.pop(journal, None)
        self.used -= journal.cost

    def join(self, journal: _Shrinking) -> None:
        """Count a journal with all that it holds already."""
        self.used += journal.cost
        self.use(journal)

    def fit(self) -> None:
        """Drop attempts until the bound is kept."""
        while self.used > self.most and self._idle:
            idlest = next(iter(self._idle))
            if len(idlest) > (1 if len(self._idle) == 1 else 0):
                idlest.drop_oldest()
            elif len(idlest):
                return
            else:
                idlest.forget_bodies()
                del self._idle[idlest]
