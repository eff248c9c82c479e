"""The bounds of a round: a program that exceeds them is stopped, even if it catches the error."""

from __future__ import annotations

import sys
from math import inf
from types import FrameType
from typing import TYPE_CHECKING, Any, Callable, List, Optional

from fake_server.core.clock import TICKS
from fake_server.core.faults.lies import chance
from octamem_testing.static import name_of

if TYPE_CHECKING:
    from fake_server.core import Fake

__all__ = [
    "COMPUTED",
    "TOO_MANY_REQUESTS",
    "Bounds",
    "LoopRefusedError",
    "RoundStopped",
    "WaitReleased",
    "loop_refused",
]

MOST_WAITS = 100_000
"""Waits of a round without a request between them: a program that waits so often waits for nothing."""
TOO_MANY_REQUESTS = "requests were sent"
"""What the reason says if a round was stopped for its number of requests."""
COMPUTED = "it went on computing, and neither sent a request nor waited"
"""The reason if a round was stopped because its program computes."""
_TOO_OFTEN = "it waited {:,} times and sent nothing in between"
_ROUND_AND_ROUND = "its event loop went round {:,} times without a wait or a request"
_BELOW = ("octamem", "octamem_testing", "httpx", "httpcore", "anyio", "asyncio", "contextlib", "threading")
"""Packages whose frames are not the program's."""
_PATIENCE = 3
"""How often a scenario may catch the stop and go on, before the stop is forced."""


class RoundStopped(BaseException):
    """The round has ended, or went beyond its bounds; it is no Exception, so few programs catch it."""


class WaitReleased(RoundStopped):
    """Virtual time has ended, and a thread goes on with its wait in real time: `left` is how long, in seconds."""

    def __init__(self, left: Optional[float]) -> None:
        super().__init__("virtual time has ended")
        self.left = left


class LoopRefusedError(RoundStopped):
    """An event loop that cannot be in virtual time; no Exception, so few programs catch it."""

    __module__ = "octamem_testing"


def loop_refused(kind: str, *, running: bool = False) -> LoopRefusedError:
    """Return the error for an event loop of a library that keeps the machine's time, or that runs already."""
    library = kind.partition(".")[0]
    got = f"one of {library} that runs already" if running else f"one of {library}, which keeps the machine's time"
    return LoopRefusedError(
        f"virtual_time: expected a loop of asyncio that does not run yet, got {got}; "
        "run the test on a loop of asyncio that begins inside the test, or take virtual_time away from it"
    )


class Bounds:
    """The most requests, seconds of virtual time, and waits that a round may take before it is stopped.

    `computing` is how many seconds of CPU time the program may take between two requests or waits. `runner` is the
    name of the module that runs the program.
    """

    def __init__(
        self, requests: float, seconds: float, *, runner: str, most_waits: int = MOST_WAITS, computing: float = inf
    ) -> None:
        self._runner = runner
        self.requests = requests
        self.seconds = seconds
        self.computing = computing
        self._most_waits = most_waits
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
        if self._turns > self._most_waits:
            if self.stopped is None:
                self._turns, self.stopped = 0, _ROUND_AND_ROUND.format(self._most_waits)
            raise RoundStopped(self.stopped)

    def check(self, fake: Fake, *, requests: int = 0, wait: float = 0.0, waits: int = 0) -> None:
        """Raise RoundStopped if the round has ended, or would now go too far."""
        if self._closed:
            raise RoundStopped("the round has ended")
        self._turns, self._waits = 0, 0 if requests else self._waits + waits
        if self.stopped is None:
            if requests > self.requests:
                self.stopped = f"more than {self.requests} {TOO_MANY_REQUESTS}"
            elif self._waits > self._most_waits:
                self.stopped = _TOO_OFTEN.format(self._most_waits)
            elif (fake.now() - self.began) / TICKS + wait > self.seconds:
                self.stopped = f"it waited for longer than {self.seconds:,.0f} s in all"
            else:
                return
        self._refuse()
        raise RoundStopped(self.stopped)

    def note_computing(self) -> str:
        """Stop the round since its program computes, and return why; called in the thread that does so."""
        self.stopped = self.stopped or COMPUTED
        self._refuse()
        return self.stopped

    def _refuse(self) -> None:
        """Count that the program is stopped; force it if it has gone on too often."""
        self._refused += 1
        if self._refused > _PATIENCE:
            _force(RoundStopped(self.stopped), self._refused, runner=self._runner)

    def stop(self, reason: str) -> None:
        """Stop the round for another reason; raises RoundStopped."""
        self.stopped = self.stopped or reason
        raise RoundStopped(self.stopped)


def _force(error: BaseException, times: int, *, runner: str) -> None:
    """Raise an error at the next line that runs in a frame of the program: in the handler that catches everything.

    `runner` is the name of the module that runs the program: its callers are not the program. `times` is how often the
    error was raised so far. The frame is drawn from it, so that a handler further out is met at another time.
    """
    frames: List[FrameType] = []
    frame: Optional[FrameType] = sys._getframe(1)  # noqa: SLF001 - the only way to the frames of a running program
    while frame is not None and name_of(frame.f_globals) != runner:
        if name_of(frame.f_globals).partition(".")[0] not in _BELOW:
            frames.append(frame)
        frame = frame.f_back
    if not frames:
        return
    chosen = frames[int(chance(times) * len(frames))]
    before: Optional[Callable[..., Any]] = sys.gettrace()

    def trace(_: FrameType, event: str, __: object) -> Any:
        if event == "line":
            sys.settrace(before)
            raise error
        return trace

    chosen.f_trace = trace
    sys.settrace(lambda *_: None)
