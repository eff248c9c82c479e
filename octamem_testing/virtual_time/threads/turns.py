"""Turns: one thread runs, and virtual time moves on only when every thread waits."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Callable, List, Optional

from fake_server.core.clock import TICKS
from octamem_testing.virtual_time.bounds import RoundStopped

from .run_queue import RunQueue
from .thread_state import ThreadState

if TYPE_CHECKING:
    from fake_server.core import Fake

__all__ = ["Turns", "cpu_time", "real_time"]

real_time = time.monotonic
cpu_time = time.process_time

_SETTLING_LOOKS = 2
"""Looks of the watchdog that a foreign thread is given, once it is woken, before virtual time moves on."""


class Turns:
    """The thread that runs, those that wait in `queue`, and those that run, or are blocked, `outside` of the turns.

    `guard` is asked before virtual time moves on, with the seconds. The caller holds `lock` around each method.
    """

    def __init__(self, fake: Fake, guard: Callable[..., None], main: ThreadState) -> None:
        self.fake = fake
        self.lock = threading.Lock()
        self.queue = RunQueue(main)
        self.running: Optional[ThreadState] = main
        self.running_since = cpu_time()
        self.outside: List[ThreadState] = []
        self.settling = 0
        self.starved = 0.0  # CPU seconds for which threads ran before others were given a turn beside them
        self.closed = False
        self._guard = guard

    def woken_at_once(
        self, is_ready: Optional[Callable[[], bool]], ticks: Optional[int], *, alone: bool
    ) -> Optional[bool]:
        """Return the result of a wait that no other thread can have a turn before, None if that is not known yet."""
        if is_ready is not None and is_ready():
            return True
        if ticks is None or self.settling or not alone:
            return None
        self.advance_to(self.fake.now() + ticks)
        return False

    def take_out(self, state: ThreadState) -> None:
        """Count a thread no longer as one that runs."""
        if state in self.outside:
            self.outside.remove(state)
        if self.running is state:
            self.running = None

    def put_outside(self, state: ThreadState, *, starved: float = 0.0) -> None:
        """Let the running thread go on outside of the turns; `starved` is for how long others waited for it to wait."""
        self.starved += starved
        self.outside.append(state)
        self.running = None

    def take_back(self, state: ThreadState) -> None:
        """Let a thread go on whose wait was interrupted: in its turn if nobody else runs, else outside of the turns."""
        if state not in self.queue.threads:  # it has been woken already
            state.waker.acquire(blocking=False)
            return
        self.queue.threads.remove(state)
        if state.foreign:
            return
        if self.running is None:
            self.running, self.running_since = state, cpu_time()
        else:
            self.outside.append(state)

    def pass_on(self) -> None:
        """Wake the next thread that can run; move virtual time on if there is none."""
        if self.running is not None or self.closed:
            return
        ready = self.queue.ready()
        if ready is not None:
            self.wake(ready, woken=True)
        elif not self.outside and not self.settling and not self.queue.is_frozen(real_time()):
            self.move_time()

    def move_time(self) -> None:
        """Move virtual time to the end of the next wait, and wake its thread."""
        due = self.queue.due()
        if due is None:
            if self.queue.reset_busy_waits():
                self.pass_on()
            return
        moment, state = due
        try:
            self._guard(max(0, moment - self.fake.now()) / TICKS, again=True)
        except RoundStopped as error:
            state.error = error
        else:
            self.advance_to(moment)
        self.wake(state, woken=False)

    def wake(self, state: ThreadState, *, woken: bool) -> None:
        """Give a waiting thread its turn; `woken` says whether it is ready, rather than due."""
        self.queue.threads.remove(state)
        state.is_ready, state.due, state.woken, state.held = None, None, woken, False
        if state.foreign:
            self.settling = _SETTLING_LOOKS
        else:
            self.running = state
            self.running_since = cpu_time()
            state.detector.reset()
        state.waker.release()

    def advance_to(self, moment: int) -> None:
        """Move virtual time to a moment, in ticks, unless it is past."""
        ahead = moment - self.fake.now()
        if ahead > 0:
            self.fake.advance(ahead / TICKS)
