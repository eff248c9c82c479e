"""The time of a whole program: while a test runs, all that its threads and loops wait for is on the fake's time."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from functools import partial
from math import ceil, inf
from typing import TYPE_CHECKING, Generator

from fake_server.core.clock import TICKS

from .bounds import Bounds, RoundStopped
from .event_loop import RoundClock
from .patch_points import patch_points
from .patching import patched
from .places import who_waits
from .scheduler import Scheduler
from .threads.turns import real_time

if TYPE_CHECKING:
    from fake_server.core import Fake

__all__ = ["ProgramTime", "StandstillError"]

_PATIENCE = 2.0
"""Real seconds that something outside of the program may take to end a standstill."""
_MOST_WAITS = 1_000_000
"""Waits without a request between them: a program that waits so often waits for nothing."""


class StandstillError(RoundStopped):
    """Every thread waits, and nothing is due; no Exception, so few programs catch it."""

    __module__ = "octamem_testing"


class ProgramClock(RoundClock):
    """The clock of a program without bounds of its own: each request shows that it makes progress."""

    bounds: Bounds

    def note_request(self) -> None:
        """Note that the program sent a request, so it is no busy-wait."""
        self.scheduler.note_request()
        self.bounds.check(self.fake, requests=1)


class ProgramTime:
    """Virtual time for the thread that makes it, and for the threads that this one starts; `clock` is its clock."""

    def __init__(self, fake: Fake) -> None:
        bounds = Bounds(inf, inf, runner=__name__, most_waits=_MOST_WAITS)
        self.scheduler = Scheduler(
            fake, partial(bounds.guard, fake), self._stand_still, patience=_PATIENCE, kept_threads=True, judged=False
        )
        # No program sees the machine's own time go back as the test begins.
        self.clock = ProgramClock(fake, self.scheduler, uptime=(ceil(real_time()) + 1) * TICKS)
        self.clock.bounds = bounds

    @contextmanager
    def running(self) -> Generator[None, None, None]:
        """Let the program's time be virtual until the block ends; one program at a time."""
        with ExitStack() as stack:
            stack.enter_context(patched(self.clock, patch_points()))
            stack.callback(self._end)
            yield

    def _end(self) -> None:
        self.scheduler.finish(0.0)
        self.scheduler.close()

    def _stand_still(self) -> None:
        waiting = who_waits(self.scheduler.threads(), list(self.clock.loops))
        listed = "".join(f"\n- {each}" for each in waiting)
        raise StandstillError(
            "virtual time: expected something that ends a wait, got a standstill: "
            f"all of these wait, and nothing is due:{listed}\n"
            "what to do: let one of them set, put, release or notify what another waits for, or wait with a time-out"
        )
