"""The kit's clock: every client waits on the fake's own time, so no wait takes real time."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from heapq import heappop, heappush
from typing import TYPE_CHECKING, ContextManager, List, Optional, Tuple, Type, Union

from fake_server.core.clock import TICKS, ticks_of

from .in_flight import CallInFlight, CallsInFlight
from .wakers import TaskWaker, ThreadWaker

if TYPE_CHECKING:
    from fake_server.core import Fake

__all__ = ["VirtualClock", "ticks_to_wait"]


def ticks_to_wait(seconds: float) -> int:
    """Return a wait in ticks, at least one if it is above 0; raises ValueError if it is not a length of time."""
    ticks = ticks_of(seconds)
    if ticks < 0:
        raise ValueError(f"seconds must be at least 0, got {seconds!r}")
    return max(ticks, 1) if seconds > 0 else ticks


class VirtualClock:
    """The fake's time as a clock that clients wait on: a wait moves time instead of taking time.

    With one call in flight, a wait moves time at once. With several, time jumps to the next wake-up as soon as every
    call in flight waits (in a back-off, or in a delay of the in-process transport). The sleepers then wake one after
    the other, in the order of their wake-up times; if these are equal, in the order in which they began to wait. Times
    are whole microseconds, so waits that end together do so in every run, and a wait above 0 takes at least one.
    Threads, asyncio and trio may wait at the same time.

    A call is in flight while it is inside `call()`, which our clients use for each of theirs. A wait outside any call
    is a call of its own. The clock does not see:

    - sleeps that do not use it (`time.sleep`, another library's back-off)
    - a thread or task between two calls, or before its first: time may jump meanwhile, unless it uses `register()`
    - what a call in flight is blocked on: if only another sleeper can end that, time stops until `advance` moves it

    If a thread that runs an event loop waits here, its wait does not block, since the loop's own calls would never
    wake: time moves to the end of the wait at once.
    """

    def __init__(self, fake: Fake) -> None:
        self._fake = fake
        # Re-entrant: a garbage-collected coroutine leaves its call in the thread of the collector.
        self._lock = threading.RLock()
        self._in_flight = CallsInFlight()
        self._sleepers: List[Tuple[int, int, _Sleeper]] = []  # a heap by moment, then by sequence
        self._seq = 0
        self._waits: List[float] = []

    def __repr__(self) -> str:
        """Show the time and the number of calls in flight."""
        return f"<VirtualClock: {self._fake.now() / TICKS:g} s since its start, {len(self._in_flight)} calls in flight>"

    @property
    def fake(self) -> Fake:
        """The fake whose time this is."""
        return self._fake

    @property
    def waits(self) -> List[float]:
        """The waits that were requested, in seconds, in the order of the requests."""
        with self._lock:
            return list(self._waits)

    def now(self) -> float:
        """Seconds since the epoch, UTC, on the fake's clock."""
        return self._fake.clock.now()

    def note_request(self) -> None:
        """Note that a request reaches the fake in process; only a clock that bounds a program counts them."""

    def advance(self, seconds: float) -> None:
        """Move time forward by hand and wake all sleepers that are due; raises ValueError for a step back."""
        with self._lock:
            self._fake.advance(seconds)
            self._wake_due()

    def call(self) -> ContextManager[object]:
        """Count this block as one call in flight; a call inside a call is part of it."""
        return self._own_or_new()[1]

    def register(self) -> ContextManager[object]:
        """Stop time in this block while its thread (or task) is between two of its calls.

        Use it in a test whose threads compute between calls: without it, time may jump to the wake-up of another
        thread before the next call. Inside a call in flight it changes nothing. If a registered thread blocks on
        another one that waits here, time stops for both, because the clock cannot see what it is blocked on.
        """
        return self._own_or_new(registered=True)[1]

    def sleep(self, seconds: float) -> None:
        """Wait in this thread for seconds of the fake's time; raises ValueError if that is not a length of time."""
        self._pass(seconds, asked=True)

    async def sleep_async(self, seconds: float) -> None:
        """Wait in this task for seconds of the fake's time while other tasks run; raises ValueError as `sleep` does."""
        await self._pass_async(seconds, asked=True)

    def elapse(self, seconds: float) -> None:
        """Let time pass that no client requested, such as the delay of an answer: as `sleep`, but not in `waits`."""
        self._pass(seconds, asked=False)

    async def elapse_async(self, seconds: float) -> None:
        """Let time pass as `elapse` does while other tasks run."""
        await self._pass_async(seconds, asked=False)

    def enter(self, call: CallInFlight) -> None:
        """Count a call as in flight; only `CallInFlight` calls this."""
        with self._lock:
            self._in_flight.begin(call)

    def leave(self, call: CallInFlight) -> None:
        """Count a call no longer; only `CallInFlight` calls this."""
        with self._lock:
            self._in_flight.end(call)
            self._wake_next()

    def _own_or_new(self, *, registered: bool = False) -> Tuple[CallInFlight, ContextManager[object]]:
        """Return the call that a wait belongs to, and the block that it must run in."""
        around = CallsInFlight.around(self)
        if around is not None and not around.registered:
            return around, nullcontext()
        call = CallInFlight(self, around, registered=registered)
        return call, call

    def _pass(self, seconds: float, *, asked: bool) -> None:
        call, block = self._own_or_new()
        with block:
            sleeper = self._begin(call, seconds, ThreadWaker, asked=asked)
            try:
                if isinstance(sleeper.waker, ThreadWaker):
                    sleeper.waker.wait()
            finally:
                self._forget(sleeper)

    async def _pass_async(self, seconds: float, *, asked: bool) -> None:
        from anyio.lowlevel import checkpoint

        call, block = self._own_or_new()
        with block:
            sleeper = self._begin(call, seconds, TaskWaker, asked=asked)
            try:
                if isinstance(sleeper.waker, TaskWaker):
                    await sleeper.waker.wait()
                else:
                    await checkpoint()
            finally:
                self._forget(sleeper)

    def _begin(
        self, call: CallInFlight, seconds: float, waker: Union[Type[ThreadWaker], Type[TaskWaker]], *, asked: bool
    ) -> _Sleeper:
        ticks = ticks_to_wait(seconds)
        with self._lock:
            if asked:
                self._waits.append(seconds)
            sleeper = _Sleeper(self._fake.now() + ticks, call)
            self._seq += 1
            heappush(self._sleepers, (sleeper.ticks, self._seq, sleeper))
            self._in_flight.wait(call, 1)
            if waker is ThreadWaker and self._in_flight.share_thread(call):
                self._move_to(sleeper.ticks)
                self._wake_due()
            self._wake_next()
            if not sleeper.done:
                sleeper.waker = waker()
            return sleeper

    def _forget(self, sleeper: _Sleeper) -> None:
        with self._lock:
            if not sleeper.done:
                self._release(sleeper)

    def _wake_next(self) -> None:
        """Move time to the next wake-up and wake its sleeper, while no call in flight is busy."""
        while not self._in_flight.busy and self._sleepers:
            ticks, _, sleeper = heappop(self._sleepers)
            if not sleeper.done:
                self._move_to(ticks)
                self._wake(sleeper)

    def _wake_due(self) -> None:
        while self._sleepers and self._sleepers[0][0] <= self._fake.now():
            sleeper = heappop(self._sleepers)[2]
            if not sleeper.done:
                self._wake(sleeper)

    def _wake(self, sleeper: _Sleeper) -> None:
        self._release(sleeper)
        if sleeper.waker is None:
            return
        try:
            sleeper.waker.wake()
        except RuntimeError:
            # Its event loop has ended and the task has not: the call would never end.
            self.leave(sleeper.call)

    def _release(self, sleeper: _Sleeper) -> None:
        sleeper.done = True
        self._in_flight.wait(sleeper.call, -1)

    def _move_to(self, ticks: int) -> None:
        ahead = ticks - self._fake.now()
        if ahead > 0:
            self._fake.advance(ahead / TICKS)


class _Sleeper:
    """One wait: when it ends, its call, and its waker (None if the wait ended before it had to block)."""

    __slots__ = ("call", "done", "ticks", "waker")

    def __init__(self, ticks: int, call: CallInFlight) -> None:
        self.ticks = ticks
        self.call = call
        self.done = False
        self.waker: Optional[Union[ThreadWaker, TaskWaker]] = None
