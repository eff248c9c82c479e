"""The bounds of a round: a program that exceeds them is stopped, even if it catches the error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from fake_server.core.clock import TICKS

from .forced_stop import force

if TYPE_CHECKING:
    from fake_server.core import Fake

__all__ = ["Bounds", "RoundStopped"]

MOST_WAITS = 100_000
"""Waits of a round without a request between them: a program that waits so often waits for nothing."""
_TOO_OFTEN = f"it waited {MOST_WAITS:,} times and sent nothing in between"
_ROUND_AND_ROUND = f"its event loop went round {MOST_WAITS:,} times without a wait or a request"
_PATIENCE = 3
"""How often a scenario may catch the stop and go on, before the stop is forced."""


class RoundStopped(BaseException):
    """The round has ended, or went beyond its bounds; it is no Exception, so few programs catch it."""


class Bounds:
    """The most requests and seconds of virtual time that a round may take before it is stopped.

    `runner` is the name of the module that runs the program.
    """

    def __init__(self, requests: int, seconds: float, *, runner: str) -> None:
        self._runner = runner
        self.requests = requests
        self.seconds = seconds
        self.began = 0  # ticks
        self.stopped: Optional[str] = None  # why
        self._closed = False
        self._refused = 0
        self._waits = 0  # since the last request
        self._turns = 0  # of an event loop, since the last request or wait

    def close(self) -> None:
        """Refuse every request and wait from here on, since the scenario has ended."""
        self._closed = True

    def guard(self, fake: Fake, wait: float, *, again: bool = False, turn: bool = False) -> None:
        """Raise RoundStopped if a wait of so many seconds must not begin.

        `again` says that the wait is counted already. `turn` says that an event loop takes a turn without waiting:
        once the round is stopped as many turns again may pass, so that tasks can be cancelled in them.
        """
        if not turn:
            self.check(fake, wait=wait, waits=0 if again else 1)
            return
        self._turns += 1
        if self._turns > MOST_WAITS:
            if self.stopped is None:
                self._turns, self.stopped = 0, _ROUND_AND_ROUND
            raise RoundStopped(self.stopped)

    def check(self, fake: Fake, *, requests: int = 0, wait: float = 0.0, waits: int = 0) -> None:
        """Raise RoundStopped if the round has ended, or would now go too far."""
        if self._closed:
            raise RoundStopped("the round has ended")
        self._turns, self._waits = 0, 0 if requests else self._waits + waits
        if self.stopped is None:
            if requests > self.requests:
                self.stopped = f"more than {self.requests} requests were sent"
            elif self._waits > MOST_WAITS:
                self.stopped = _TOO_OFTEN
            elif (fake.now() - self.began) / TICKS + wait > self.seconds:
                self.stopped = f"it waited for longer than {self.seconds:,.0f} s in all"
            else:
                return
        self._refused += 1
        if self._refused > _PATIENCE:
            force(RoundStopped(self.stopped), self._refused, runner=self._runner)
        raise RoundStopped(self.stopped)

    def stop(self, reason: str) -> None:
        """Stop the round for another reason; raises RoundStopped."""
        self.stopped = self.stopped or reason
        raise RoundStopped(self.stopped)
