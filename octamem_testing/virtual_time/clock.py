"""The kit's clock: the waits of every client, joined to the fake's own time, so that no wait takes any.

What it sees, and what it cannot see, is in the docstring of `VirtualClock`.
"""

from __future__ import annotations

import threading
from contextlib import nullcontext
from heapq import heappop, heappush
from typing import TYPE_CHECKING, ContextManager, List, Optional, Tuple, Type, Union

from fake_server.core.clock import TICKS, ticks_of

from .in_flight import Call, Flights
from .wakers import TaskBell, ThreadBell

if TYPE_CHECKING:
    from fake_server.core import Fake

__all__ = ["VirtualClock", "ticks_to_wait"]


def ticks_to_wait(seconds: float) -> int:
    """Return a wait in ticks, at least one for what is above 0; raises ValueError for what is no length of time."""
    ticks = ticks_of(seconds)
    if ticks < 0:
        raise ValueError(f"a wait is 0 seconds or more, not {seconds!r}")
    return max(ticks, 1) if seconds > 0 else ticks


class VirtualClock:
    """The fake's time as a clock that clients wait on: a wait moves time on instead of passing.

    With one call in flight a wait moves time at once. With several, time jumps to the next wake-up when every call in
    flight is waiting (in back-off, or in a delay of the in-process transport); the sleepers then wake one after the
    other, in the order of their moments, and those of one moment in the order in which they began to wait. Moments are
    whole microseconds, so that waits that end together do so in every run, and a wait above 0 takes at least one.
    Threads, asyncio and trio may wait at once.

    A call is in flight while it is inside `call()`, where our clients put each of theirs. A wait outside any call is a
    call of its own. What it cannot see: sleeps that do not go through it (`time.sleep`, another library's back-off);
    a thread or task that is between two calls, or has yet to make its first, so that time may jump before it does
    (`register()` holds it still meanwhile); and what a call in flight is blocked on (if it waits for something that
    only another sleeper does, time stands still until `advance` moves it). A thread that waits here while it runs an
    event loop would stop that loop's own calls from ever waking, so its wait never blocks: time moves to its end at
    once.
    """

    def __init__(self, fake: Fake) -> None:
        self._fake = fake
        # Re-entrant: a collected coroutine leaves its call in whatever thread the collector runs in.
        self._lock = threading.RLock()
        self._flights = Flights()
        self._sleepers: List[Tuple[int, int, _Sleeper]] = []  # a heap by moment, then by sequence
        self._seq = 0
        self._waits: List[float] = []

    def __repr__(self) -> str:
        """Say what time it is and how much is going on."""
        return f"<VirtualClock: {self._fake.now() / TICKS:g} s since its start, {len(self._flights)} calls in flight>"

    @property
    def fake(self) -> Fake:
        """The fake whose time this is."""
        return self._fake

    @property
    def waits(self) -> List[float]:
        """The seconds that were asked to be waited, in the order of asking."""
        with self._lock:
            return list(self._waits)

    def now(self) -> float:
        """Seconds since the epoch, UTC, on the fake's clock."""
        return self._fake.clock.now()

    def advance(self, seconds: float) -> None:
        """Move time on by hand and wake whom that makes due; raises ValueError for a step back."""
        with self._lock:
            self._fake.advance(seconds)
            self._rouse_due()

    def call(self) -> ContextManager[object]:
        """Count what is done in this block as one call in flight; a call inside a call is part of it."""
        around = Flights.around(self)
        return nullcontext() if around is not None and not around.registered else Call(self, around, registered=False)

    def register(self) -> ContextManager[object]:
        """Hold time still in this block while its thread (or task) is between two of its calls.

        For a test whose threads compute between calls: without it, time may jump to the wake-up of another while one
        of them is about to call. Inside a call in flight it changes nothing. A registered thread that blocks on
        another that waits here stops time for both, as nobody can tell what it is blocked on.
        """
        around = Flights.around(self)
        return nullcontext() if around is not None and not around.registered else Call(self, around, registered=True)

    def sleep(self, seconds: float) -> None:
        """Wait in this thread for seconds of the fake's time; ValueError for what is no length of time."""
        self._pass(seconds, asked=True)

    async def sleep_async(self, seconds: float) -> None:
        """Wait in this task for seconds of the fake's time, letting other tasks run; ValueError as for `sleep`."""
        await self._pass_async(seconds, asked=True)

    def elapse(self, seconds: float) -> None:
        """Let time pass that no client asked to wait, such as an answer's delay: `sleep`, but not among the waits."""
        self._pass(seconds, asked=False)

    async def elapse_async(self, seconds: float) -> None:
        """Let time pass as `elapse` does, letting other tasks run."""
        await self._pass_async(seconds, asked=False)

    def enter(self, call: Call) -> None:
        """Count a call as in flight; for `Call` alone."""
        with self._lock:
            self._flights.begin(call)

    def leave(self, call: Call) -> None:
        """Count a call no longer; for `Call` alone."""
        with self._lock:
            self._flights.end(call)
            self._turn()

    def _own_or_new(self) -> Tuple[Call, ContextManager[object]]:
        """Give the call that a wait belongs to, and the block that it is to be in."""
        around = Flights.around(self)
        if around is not None and not around.registered:
            return around, nullcontext()
        call = Call(self, around, registered=False)
        return call, call

    def _pass(self, seconds: float, *, asked: bool) -> None:
        call, block = self._own_or_new()
        with block:
            self._pass_in(call, seconds, asked=asked)

    def _pass_in(self, call: Call, seconds: float, *, asked: bool) -> None:
        sleeper = self._begin(call, seconds, ThreadBell, asked=asked)
        try:
            if isinstance(sleeper.bell, ThreadBell):
                sleeper.bell.wait()
        finally:
            self._forget(sleeper)

    async def _pass_async(self, seconds: float, *, asked: bool) -> None:
        call, block = self._own_or_new()
        with block:
            await self._pass_async_in(call, seconds, asked=asked)

    async def _pass_async_in(self, call: Call, seconds: float, *, asked: bool) -> None:
        from anyio.lowlevel import checkpoint

        sleeper = self._begin(call, seconds, TaskBell, asked=asked)
        try:
            if isinstance(sleeper.bell, TaskBell):
                await sleeper.bell.wait()
            else:
                await checkpoint()
        finally:
            self._forget(sleeper)

    def _begin(
        self, call: Call, seconds: float, bell: Union[Type[ThreadBell], Type[TaskBell]], *, asked: bool
    ) -> _Sleeper:
        ticks = ticks_to_wait(seconds)
        with self._lock:
            if asked:
                self._waits.append(seconds)
            sleeper = _Sleeper(self._fake.now() + ticks, call)
            self._seq += 1
            heappush(self._sleepers, (sleeper.ticks, self._seq, sleeper))
            self._flights.wait(call, 1)
            if bell is ThreadBell and self._flights.share_thread(call):
                self._move_to(sleeper.ticks)
                self._rouse_due()
            self._turn()
            if not sleeper.done:
                sleeper.bell = bell()
            return sleeper

    def _forget(self, sleeper: _Sleeper) -> None:
        with self._lock:
            if not sleeper.done:
                self._release(sleeper)

    def _turn(self) -> None:
        """Wake the next sleeper, and time with it, as soon as no call in flight does anything else."""
        while not self._flights.busy and self._sleepers:
            ticks, _, sleeper = heappop(self._sleepers)
            if not sleeper.done:
                self._move_to(ticks)
                self._rouse(sleeper)

    def _rouse_due(self) -> None:
        while self._sleepers and self._sleepers[0][0] <= self._fake.now():
            sleeper = heappop(self._sleepers)[2]
            if not sleeper.done:
                self._rouse(sleeper)

    def _rouse(self, sleeper: _Sleeper) -> None:
        self._release(sleeper)
        if sleeper.bell is None:
            return
        try:
            sleeper.bell.ring()
        except RuntimeError:
            # Its event loop has ended without ending the task: nobody will ever leave that call.
            self.leave(sleeper.call)

    def _release(self, sleeper: _Sleeper) -> None:
        sleeper.done = True
        self._flights.wait(sleeper.call, -1)

    def _move_to(self, ticks: int) -> None:
        ahead = ticks - self._fake.now()
        if ahead > 0:
            self._fake.advance(ahead / TICKS)


class _Sleeper:
    """One wait: until when, of which call, and how to end it (no bell: it was over before it had to begin)."""

    __slots__ = ("bell", "call", "done", "ticks")

    def __init__(self, ticks: int, call: Call) -> None:
        self.ticks = ticks
        self.call = call
        self.done = False
        self.bell: Optional[Union[ThreadBell, TaskBell]] = None
