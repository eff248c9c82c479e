"""Busy-waits: reading the clock takes no virtual time until a thread has done it many times in a row."""

from __future__ import annotations

from fake_server.core.clock import TICKS

__all__ = ["MANY", "BusyWait"]

MANY = 1000
"""Steps in a row that take no time: a program at work makes fewer, a busy-wait makes more."""
_GROWTH = 200
"""Each later step takes this fraction of the time taken so far, so a loop ends soon and at most 0.5% too late."""
_MOST = TICKS // 500
"""Ticks that one step takes at most, two milliseconds: a program of many steps pays little for each."""


class BusyWait:
    """The steps in a row, of all threads of a round, that neither wait nor send a request."""

    def __init__(self) -> None:
        self._until = -1  # the moment, in ticks, to which these steps alone have moved time
        self._steps = 0
        self._taken = 0  # ticks

    def reset(self) -> None:
        """Begin again, since the program did something else."""
        self._steps = self._taken = 0

    def step(self, now: int) -> int:
        """Count a step at a moment, and return how many ticks it takes; a wait that moved time on ends the row."""
        if now > self._until:
            self._until = now
            self.reset()
        self._steps += 1
        if self._steps <= MANY:
            return 0
        ticks = max(1, min(self._taken // _GROWTH, _MOST))
        self._taken += ticks
        self._until = max(self._until, now + ticks)
        return ticks
