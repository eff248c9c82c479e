"""The deterministic scheduler: one thread of a round runs at a time, so a round repeats itself.

A thread gives up its turn when it waits (in `block`), so the order in which threads run is the order of their waits.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from threading import get_ident
from typing import TYPE_CHECKING, Callable, Generator, Hashable, Optional

from fake_server.core.clock import TICKS

from .bounds import RoundStopped
from .clock import ticks_to_wait
from .deadline import lasting
from .membership import Membership
from .places import foreign_code
from .threads.busy_wait import MANY, BusyWait
from .threads.ending import ENDED, end_waits
from .threads.lineage import current_actor
from .threads.order import Order
from .threads.run_queue import at_once
from .threads.series import LONGEST_HOLD, Member, Series
from .threads.thread_state import ThreadState
from .threads.turns import real_time
from .threads.watchdog import LOOK_SECONDS, STUCK_SECONDS, Watchdog

if TYPE_CHECKING:
    from fake_server.core import Fake

__all__ = ["Scheduler"]

_real_join = threading.Thread.join


class Scheduler(Membership):
    """The threads of one round; the thread that makes it is the first, and runs.

    `guard` is called before each wait with its seconds, and raises if the round must end instead: `again` says that
    this wait was counted before, `turn` that an event loop takes its turn without waiting. `stuck` is called when
    nothing can ever happen again, and raises; `patience` is how many real seconds something outside may take to end
    that. An `order` says who goes first when several could. With `kept_threads`, threads from before may work for the
    program, and daemon threads go on in real time after it. A round that is `judged` keeps the errors of its threads to
    itself.
    """

    def __init__(
        self,
        fake: Fake,
        guard: Callable[..., None],
        stuck: Callable[[], None],
        *,
        order: Optional[Order] = None,
        patience: float = STUCK_SECONDS,
        kept_threads: bool = False,
        judged: bool = True,
    ) -> None:
        super().__init__(fake, guard, kept_threads=kept_threads)
        self._fake = fake
        self._guard = guard
        self._stuck = stuck
        self.judged = judged
        self.order = order
        self.series: Optional[Series] = None  # who begins after whom, None for nobody
        self._turns.queue.order = order
        self._watchdog = Watchdog(self._turns, self._main, patience, self._company, self._forget)
        self._busy_wait = BusyWait()
        self._failed_polls = 0  # in a row
        self.progress = 0  # requests and waits of the program, and turns of its loops
        self.is_served: Callable[[], bool] = _never  # whether a server of the kit is at work for the program
        self.timed_out = False  # whether a wait of the program has timed out since it last read the clock
        self.failure: Optional[BaseException] = None  # what a thread has ended with
        self.stopped: Optional[BaseException] = None  # the end of the round in the first thread that was told of it

    def begin(self, state: ThreadState) -> None:
        """Wait for the first turn of a registered thread; called in that thread."""
        with self._lock:
            self._by_ident[get_ident()] = state
        self._wait_for_turn(state)
        if self.series is not None and state.after is not None:
            self.hold_until_free(state.after)

    def hold_until_free(self, before: Member) -> bool:
        """Hold this thread, in a series, until it need not wait for another one, and return whether that came."""
        if self.series is None:
            return True
        self.series.hold(before)
        woken = self.block(before.is_free, int(LONGEST_HOLD * TICKS), counts=False)
        self.series.let_go(before, in_turn=woken)
        return woken

    def is_handing_over(self) -> bool:
        """Whether one that is held in a series could go on, but has not come to do so yet."""
        return self.series is not None and self.series.is_handing_over()

    def register(self, thread: threading.Thread) -> ThreadState:
        """Add a thread that is about to start: its turn comes as soon as another thread waits."""
        state = super().register(thread)
        if self.series is not None:
            state.after = self.series.enter(thread, _group_of(thread), lambda: state.ended)
        return state

    @contextmanager
    def in_real_time(self) -> Generator[None, None, None]:
        """Let this thread wait for the machine in the block, however long it takes, without giving up its turn."""
        state = self._by_ident[get_ident()]
        before, state.in_real_time = state.in_real_time, True
        try:
            yield
        finally:
            state.in_real_time = before

    def join(self, thread: threading.Thread, timeout: Optional[float]) -> bool:
        """Wait for a thread of the round to end, and return True; return False for a thread of no round."""
        state = self._by_thread.get(id(thread))
        if state is None or state is self._by_ident.get(get_ident()) or not self.runs_here():
            return False
        if self.wait(lambda: state.ended, timeout):
            _real_join(thread)
        return True

    def yield_turn(self, *, timed: bool = False, held: bool = False) -> None:
        """Let the other threads run that can; `timed` says that this thread waits for a time as well.

        A thread that is held goes after all that can run, and others let each thread run once.
        """
        if not self.runs_here():
            return
        if timed:
            self.count_step()
        if len(self._by_thread) > 1:
            self._by_ident[get_ident()].held = held or (self.order is not None and self.order.drawn)
            self.block(at_once, None, busy_wait=True)
        else:
            self.progress += 1
            self._guard(0.0, turn=True)

    def point(self, *, fair: bool = False) -> None:
        """Let those go first whom a drawn order prefers; without one the others have a turn if it is `fair`."""
        if self.order is None or not self.order.drawn:
            if fair:
                self.yield_turn()
        elif self.runs_here():
            self.order.step(self._by_ident[get_ident()])
            if len(self._by_thread) > 1:
                self.block(at_once, None, busy_wait=True)

    def read_clock(self) -> None:
        """Note that the program reads the clock: it must find it past what timed out, and not for ever the same."""
        if self.timed_out:
            self.timed_out = False
            self._turns.advance_to(self._fake.now() + 1)
        self.count_step()

    def count_step(self) -> None:
        """Count a step that takes no time; after many in a row it takes some."""
        ticks = self._busy_wait.step(self._fake.now())
        if ticks:
            self.block(None, ticks, counts=False)

    def count_failed_poll(self) -> None:
        """Count that the program did not find what it looked for; after many in a row other threads have a turn."""
        self._failed_polls += 1
        if self._failed_polls > MANY:
            self.yield_turn()

    def note_request(self) -> None:
        """Note that the program sent a request, so it is no busy-wait."""
        self.progress += 1
        self._busy_wait.reset()
        self._failed_polls = 0

    def sleep(self, ticks: int) -> None:
        """Wait for ticks of virtual time, and end at that very tick."""
        self.block(None, ticks, busy_wait=not ticks)

    def wait(
        self,
        is_ready: Optional[Callable[[], bool]],
        seconds: Optional[float],
        *,
        freeze: float = 0.0,
        daemon_wait: bool = False,
    ) -> bool:
        """Wait as the program does, at most for seconds, and return whether `is_ready` gave True.

        Virtual time stands still for the wait for `freeze` real seconds. After a wait that timed out the program finds
        the clock past its deadline. ValueError for an invalid length.
        """
        ticks = None if seconds is None else lasting(seconds)
        busy_wait = is_ready is None and not ticks
        woken = self.block(is_ready, ticks, freeze=freeze, busy_wait=busy_wait, daemon_wait=daemon_wait)
        if ticks and not woken:
            self.timed_out = True
        return woken

    def block(
        self,
        is_ready: Optional[Callable[[], bool]],
        ticks: Optional[int],
        *,
        counts: bool = True,
        freeze: float = 0.0,
        outside: bool = True,
        busy_wait: bool = False,
        daemon_wait: bool = False,
    ) -> bool:
        """Wait until `is_ready` gives True, at most for ticks of virtual time, and return whether it did.

        Any thread of the round may call `is_ready`, one at a time. `counts` says whether the wait is one of those that
        the bounds of a round limit. Virtual time stands still for the wait for `freeze` real seconds. `outside` says
        whether something outside of the round may end it. A daemon wait may outlive the round. A foreign thread waits
        among the others.
        """
        self.progress += 1
        self._guard(0.0 if ticks is None or not self.single_threaded else ticks / TICKS, again=not counts)
        if not busy_wait:
            self._failed_polls = 0
        state = self._by_ident.get(get_ident())
        if state is None:
            state = ThreadState(threading.current_thread(), foreign=True)
        turns = self._turns
        settled = self._company is None or self._company.settle()
        if turns.closed:
            raise RoundStopped(ENDED)
        with self._lock:
            if not settled:
                turns.settling = max(turns.settling, 1)
            if not freeze and not turns.queue.threads and not turns.outside and state is turns.running:
                woken = turns.woken_at_once(is_ready, ticks, alone=self.single_threaded)
                if woken is not None:
                    return woken
                if ticks is None and is_ready is not None and self.single_threaded and not (outside and _has_company()):
                    self._stuck()
            state.is_ready, state.due = is_ready, None if ticks is None else self._fake.now() + ticks
            state.frozen_until = real_time() + freeze if freeze else 0.0
            state.busy_wait, state.daemon_wait = busy_wait, daemon_wait
            turns.queue.threads.append(state)
            turns.take_out(state)
            self._watchdog.note_wait()
            turns.pass_on()
        return self._wait_for_turn(state)

    def finish(self, seconds: float) -> None:
        """Let the threads that the scenario left behind go on for seconds of virtual time, daemons aside."""
        if self._by_thread.keys() == {id(self._main.thread)}:
            return
        queue = self._turns.queue
        queue.draining = True
        try:
            if self._turns.running is self._main:
                self.block(queue.is_drained, ticks_to_wait(seconds))
        except RoundStopped:
            pass

    def close(self) -> None:
        """End the round for every thread that waits, or let it go on in real time."""
        with self._lock:
            self._turns.closed = True
            waiting, self._turns.queue.threads = self._turns.queue.threads, []
        others = [state for state in waiting if state is not self._main]
        end_waits(others, self._fake.now(), kept_threads=self._company is not None)

    def _wait_for_turn(self, state: ThreadState) -> bool:
        """Wait for the turn of a thread, and return whether its wait ended because it was ready."""
        try:
            while not state.waker.acquire(timeout=LOOK_SECONDS):
                with self._lock:
                    self._watchdog.look()
        except BaseException:  # of a signal, such as Ctrl-C or the time-out of a test
            with self._lock:
                self._turns.take_back(state)
            raise
        if state.error is not None:
            error, state.error = state.error, None
            raise error
        while self._ended:  # so that is_alive() gives the same each time
            _real_join(self._ended.pop(), 1.0)
        if state is self._main and self._watchdog.is_stuck:
            self._watchdog.is_stuck = False
            self._stuck()
        return state.woken


def _group_of(thread: threading.Thread) -> Hashable:
    """Return in which series a thread goes: that of its starter, and of its function if that is a library's."""
    target = getattr(thread, "_target", None) or type(thread).run
    return id(current_actor()), foreign_code(getattr(target, "__code__", None))


def _never() -> bool:
    return False


def _has_company() -> bool:
    return threading.active_count() > 1
