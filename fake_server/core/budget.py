"""A budget of all keys: how many bytes they take together, and which of them has been idle longest."""

from __future__ import annotations

from collections import OrderedDict
from typing import Protocol

__all__ = ["Budget", "Uncounted"]


class _Shrinking(Protocol):
    """A journal, or the answers of a key, as its budget sees it."""

    cost: int

    def __len__(self) -> int: ...

    def drop_oldest(self) -> None: ...

    def forget_rest(self) -> None: ...


class Budget:
    """A bound on what its members take together: beyond it, the one that has been idle longest loses its oldest items.

    The newest item of all is always kept. Not thread-safe: the caller holds a lock.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.used = 0
        self._idle: OrderedDict[_Shrinking, None] = OrderedDict()  # the one used last stands last

    def use(self, member: _Shrinking, size: int = 0) -> None:
        """Take note that a member is in use, and takes so many more bytes."""
        self._idle[member] = None
        self._idle.move_to_end(member)
        member.cost += size
        self.used += size

    def charge(self, member: _Shrinking, size: int) -> None:
        """Count bytes that a member takes from now on, or no longer takes."""
        member.cost += size
        self.used += size

    def leave(self, member: _Shrinking) -> None:
        """Count a member no longer."""
        self._idle.pop(member, None)
        self.used -= member.cost

    def join(self, member: _Shrinking) -> None:
        """Count a member with all that it holds already."""
        self.used += member.cost
        self.use(member)

    def fit(self, member: _Shrinking, size: int) -> None:
        """Count bytes that a member takes from now on, and drop items of all until the bound is kept."""
        member.cost += size
        self.used += size
        while self.used > self.most and self._idle:
            idlest = next(iter(self._idle))
            if len(idlest) > (1 if len(self._idle) == 1 else 0):
                idlest.drop_oldest()
            elif len(idlest):
                return
            else:
                idlest.forget_rest()
                del self._idle[idlest]


class Uncounted(Budget):
    """The budget of a key that was closed: it bounds nothing, and holds nobody, so that the key can be let go of."""

    def __init__(self) -> None:
        super().__init__(0)

    def use(self, member: _Shrinking, size: int = 0) -> None:
        """Take note of nothing but what the member takes, which counts again if its key is opened again."""
        member.cost += size

    def fit(self, member: _Shrinking, size: int) -> None:
        """Count what the member takes, and drop nothing."""
        member.cost += size
