"""The kit's clock: the waits of every client, joined to the fake's own time, so that no wait takes any.

What it sees, and what it cannot see, is in the docstring of `VirtualClock`.
"""

from __future__ import annotations

import threading
from contextlib import nullcontext
from contextvars import ContextVar
from heapq import heappop, heappush
from typing import TYPE_CHECKING, ContextManager, List, Optional, Set, Tuple, Type, Union

from fake_server.core.clock import TICKS, ticks_of

from .bells import TaskBell, ThreadBell

if TYPE_CHECKING:
    from types import TracebackType

    from fake_server.core import Fake

__all__ = ["VirtualClock"]


class VirtualClock:
    """The fake's time as a clock that clients wait on: a wait moves time on instead of passing.

    With one call in flight a wait moves time at once. With several, time jumps to the next wake-up when every call in
    flight is waiting (in back-off, or in a delay of the in-process transport); the sleepers then wake one after the
    other, in the order of their moments, and those of one moment in the order in which they began to wait. Moments are
    whole microseconds, so that waits that end together do so in every run. Threads, asyncio and trio may wait at once.

    A call is in flight while it is inside `call()`, where our clients put each of theirs. A wait outside any call is a
    call of its own. What it cannot see: sleeps that do not go through it (`time.sleep`, another library's back-off);
    a thread or task that is between two calls, or has yet to make its first, so that time may jump before it does; and
    what a call in flight is blocked on (if it waits for something that only another sleeper does, time stands still
    until `advance` moves it). A thread that waits here while it runs an event loop would stop that loop's own calls
    from ever waking, so its wait never blocks: time moves to its end at once.
    """

    def __init__(self, fake: Fake) -> None:
        self._fake = fake
        # Re-entrant: a collected coroutine leaves its call in whatever thread the collector runs in.
        self._lock = threading.RLock()
        self._calls: Set[_Call] = set()
        self._busy = 0  # calls in flight that are not waiting
        self._sleepers: List[Tuple[int, int, _Sleeper]] = []  # a heap by moment, then by sequence
        self._seq = 0
        self._waits: List[float] = []

    def __repr__(self) -> str:
        """Say what time it is and how much is going on."""
        return f"<VirtualClock: {self._fake.now() / TICKS:g} s since its start, {len(self._calls)} calls in flight>"

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
        return nullcontext() if self._current() else _Call(self)

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

    def _current(self) -> Optional[_Call]:
        around = _around.get()
        return around if around is not None and around.clock is self and not around.over else None

    def _pass(self, seconds: float, *, asked: bool) -> None:
        call = self._current()
        if call is None:
            call = _Call(self)
            with call:
                return self._pass_in(call, seconds, asked=asked)
        return self._pass_in(call, seconds, asked=asked)

    def _pass_in(self, call: _Call, seconds: float, *, asked: bool) -> None:
        sleeper = self._begin(call, seconds, ThreadBell, asked=asked)
        try:
            if isinstance(sleeper.bell, ThreadBell):
                sleeper.bell.wait()
        finally:
            self._forget(sleeper)

    async def _pass_async(self, seconds: float, *, asked: bool) -> None:
        call = self._current()
        if call is None:
            call = _Call(self)
            with call:
                return await self._pass_async_in(call, seconds, asked=asked)
        return await self._pass_async_in(call, seconds, asked=asked)

    async def _pass_async_in(self, call: _Call, seconds: float, *, asked: bool) -> None:
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
        self, call: _Call, seconds: float, bell: Union[Type[ThreadBell], Type[TaskBell]], *, asked: bool
    ) -> _Sleeper:
        ticks = ticks_of(seconds)
        if ticks < 0:
            raise ValueError(f"a wait is 0 seconds or more, not {seconds!r}")
        with self._lock:
            if asked:
                self._waits.append(seconds)
            sleeper = _Sleeper(self._fake.now() + ticks, call)
            self._seq += 1
            heappush(self._sleepers, (sleeper.ticks, self._seq, sleeper))
            call.waiting += 1
            if call.waiting == 1:
                self._busy -= 1
            if bell is ThreadBell and self._holds_up_a_loop(call):
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

    def _enter(self, call: _Call) -> None:
        with self._lock:
            self._calls.add(call)
            self._busy += 1

    def _leave(self, call: _Call) -> None:
        with self._lock:
            self._calls.discard(call)
            if not call.over:
                call.over = True
                if not call.waiting:
                    self._busy -= 1
            self._turn()

    def _turn(self) -> None:
        """Wake the next sleeper, and time with it, as soon as no call in flight does anything else."""
        while not self._busy and self._sleepers:
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
            self._leave(sleeper.call)

    def _release(self, sleeper: _Sleeper) -> None:
        sleeper.done = True
        call = sleeper.call
        call.waiting -= 1
        if not call.waiting and not call.over:
            self._busy += 1

    def _move_to(self, ticks: int) -> None:
        ahead = ticks - self._fake.now()
        if ahead > 0:
            self._fake.advance(ahead / TICKS)

    def _holds_up_a_loop(self, call: _Call) -> bool:
        here = threading.get_ident()
        return any(other.thread == here and other is not call for other in self._calls)


class _Call:
    """One call in flight: a context manager around it."""

    __slots__ = ("_before", "clock", "over", "thread", "waiting")

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.over = False
        self.thread = threading.get_ident()
        self.waiting = 0  # how many waits it is in: more than one where it has begun tasks of its own
        self._before: Optional[_Call] = None

    def __enter__(self) -> None:
        self._before = _around.get()
        _around.set(self)
        self.clock._enter(self)  # noqa: SLF001 - a call and its clock are one idea

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        # Not by token: a collected coroutine is closed in a context that the token does not know.
        _around.set(self._before)
        self.clock._leave(self)  # noqa: SLF001 - as above


_around: ContextVar[Optional[_Call]] = ContextVar("octamem_testing_call", default=None)


class _Sleeper:
    """One wait: until when, of which call, and how to end it (no bell: it was over before it had to begin)."""

    __slots__ = ("bell", "call", "done", "ticks")

    def __init__(self, ticks: int, call: _Call) -> None:
        self.ticks = ticks
        self.call = call
        self.done = False
        self.bell: Optional[Union[ThreadBell, TaskBell]] = None
