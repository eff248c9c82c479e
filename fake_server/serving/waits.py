"""Connections that wait for the same thing, and for how long they may."""

from __future__ import annotations

from collections import OrderedDict
from typing import List, Optional

__all__ = ["Waiting", "Waits"]


class Waiting:
    """Who can wait, and is told when that took too long."""

    def late(self, what: str) -> None:
        """Learn that a wait, by its name, took too long, and is over."""


class Waits:
    """Those who wait for one thing, in the order in which they began; all may wait for the same number of seconds."""

    def __init__(self, what: str, seconds: float) -> None:
        self._what = what
        self._seconds = seconds
        self._began: OrderedDict[Waiting, float] = OrderedDict()

    def __contains__(self, member: Waiting) -> bool:
        """Return whether a member waits."""
        return member in self._began

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._began)

    def begin(self, member: Waiting, now: float) -> None:
        """Let a member wait from now on, as the last of all."""
        self._began[member] = now
        self._began.move_to_end(member)

    def end(self, member: Waiting) -> bool:
        """Let a member wait no more; return whether it did."""
        return self._began.pop(member, None) is not None

    def expire_longest(self) -> Optional[Waiting]:
        """End the longest wait as if it had taken too long; return whose it was, None if nobody waits."""
        if not self._began:
            return None
        longest, _ = self._began.popitem(last=False)
        longest.late(self._what)
        return longest

    def sweep(self, now: float) -> None:
        """Tell those who have waited for too long, and let them wait no more."""
        overdue: List[Waiting] = []
        for member, began in self._began.items():
            if now - began < self._seconds:
                break
            overdue.append(member)
        for member in overdue:
            del self._began[member]
            member.late(self._what)
