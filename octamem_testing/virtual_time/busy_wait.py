"""Busy waiting: looks at the clock, and turns without a wait, take no time until there are many of them in a row."""

from __future__ import annotations

from fake_server.core.clock import TICKS

__all__ = ["BusyWait"]

MANY = 1000
"""Steps in a row that take no time: fewer than this are a program at work, more are one that waits for time to pass."""
GROWTH = 200
"""From there on each takes a tick, or this fraction of the time that they have taken so far: the loop ends soon,
whatever it waits for, and at most half a hundredth too late."""


MOST = TICKS // 500
"""Ticks that one of them takes at most, two milliseconds: a program that takes many times pays little for each."""


class BusyWait:
    """The steps in a row, of all threads of a round, that neither wait nor send a request."""

    def __init__(self) -> None:
        self._until = -1  # the moment, in ticks, that they have moved time to by themselves
        self._steps = 0
        self._taken = 0  # ticks

    def forget(self) -> None:
        """Begin anew: the program did something else."""
        self._steps = self._taken = 0

    def step(self, now: int) -> int:
        """Count a step at a moment, and return how many ticks it takes; a wait that moved time on ends the row."""
        if now > self._until:
            self._until = now
            self.forget()
        self._steps += 1
        if self._steps <= MANY:
            return 0
        ticks = max(1, min(self._taken // GROWTH, MOST))
        self._taken += ticks
        self._until = max(self._until, now + ticks)
        return ticks
