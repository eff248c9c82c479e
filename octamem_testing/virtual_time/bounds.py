"""How far a round may go, before it is ended whatever the program makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from fake_server.core.clock import TICKS

from .forced_stop import insist

if TYPE_CHECKING:
    from fake_server.core import Fake

__all__ = ["Bounds", "RoundStopped"]

MOST_WAITS = 100_000
"""Waits of a round without a request between them: whoever looks so often for what is done sees nothing come."""
_TOO_OFTEN = f"it waited {MOST_WAITS:,} times and sent nothing in between"
_ROUND_AND_ROUND = f"its event loop went round {MOST_WAITS:,} times without a wait or a request"
_SWALLOWED = 3
"""How often a scenario may catch the end of the round and go on, before it is ended wherever it is."""


class RoundStopped(BaseException):
    """The round is over, whatever the scenario makes of it: it went on beyond every bound, or had ended before."""


class Bounds:
    """How far a round may go before it is stopped: requests, and seconds of virtual time.

    `runner` is the module that runs the program, by its name.
    """

    def __init__(self, requests: int, seconds: float, *, runner: str) -> None:
        self._runner = runner
        self.requests = requests
        self.seconds = seconds
        self.began = 0  # ticks
        self.stopped: Optional[str] = None
        self._over = False
        self._refused = 0
        self._waits = 0  # since the last request
        self._turns = 0  # of an event loop, since the last request or wait

    def close(self) -> None:
        """Let nothing through any more, for the scenario has ended."""
        self._over = True

    def guard(self, fake: Fake, wait: float, *, again: bool = False, turn: bool = False) -> None:
        """Hold a wait of so many seconds, as `hold` does.

        `again` says that it is counted already; `turn` that it is a turn of an event loop which waits for nothing:
        where the round was stopped as many more may pass, in which tasks can be cancelled.
        """
        if not turn:
            self.hold(fake, wait=wait, waits=0 if again else 1)
            return
        self._turns += 1
        if self._turns > MOST_WAITS:
            if self.stopped is None:
                self._turns, self.stopped = 0, _ROUND_AND_ROUND
            raise RoundStopped(self.stopped)

    def hold(self, fake: Fake, *, requests: int = 0, wait: float = 0.0, waits: int = 0) -> None:
        """Raise RoundStopped where the round is over, or would now go too far."""
        if self._over:
            raise RoundStopped("the round is over")
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
        if self._refused > _SWALLOWED:
            insist(RoundStopped(self.stopped), self._refused, runner=self._runner)
        raise RoundStopped(self.stopped)

    def stop(self, why: str) -> None:
        """End the round for another reason; raises RoundStopped."""
        self.stopped = self.stopped or why
        raise RoundStopped(self.stopped)
