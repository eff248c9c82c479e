"""Virtual time for a whole program: a clock and an event loop on the fake's time, which block on `scheduler`."""

from __future__ import annotations

import asyncio
import selectors
import sys
from asyncio import events
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from math import ceil
from typing import TYPE_CHECKING, Any, Callable, ContextManager, FrozenSet, List, Optional, Tuple, TypeVar

from fake_server.core.clock import TICKS
from octamem_testing.static import in_trio_task

from .clock import VirtualClock, ticks_to_wait
from .deadline import NOISE

if TYPE_CHECKING:
    from fake_server.core import Fake

    from .scheduler import Scheduler

__all__ = ["RoundClock", "VirtualLoop", "off_loop"]

_HOLD = 1.0
"""Real seconds that time waits for a descriptor of the program's own, a socket or a pipe, before it moves on."""

_UP = 4_321_500_000
"""Ticks that the machine has been up as a round begins: on none is it 0, which programs take for "never"."""

ResultT = TypeVar("ResultT")


class RoundClock(VirtualClock):
    """The kit's clock, except that its waits are those of the round: a thread's are in turn, a task's are its loop's.

    So they keep their order among all other waits of the program, whose deadlines have passed when they end
    (`sleep_past`); those of the kit end exactly at theirs.
    """

    def __init__(self, fake: Fake, scheduler: Scheduler) -> None:
        super().__init__(fake)
        self.scheduler = scheduler
        self._began = fake.now()

    def ticking(self) -> int:
        """Give the ticks that the machine has been up: as many in each round as it begins, and never 0."""
        return _UP + self.fake.now() - self._began

    def call(self) -> ContextManager[object]:
        """Count nothing: what goes on is seen by whose turn it is."""
        return nullcontext()

    def register(self) -> ContextManager[object]:
        """Count nothing, as `call`."""
        return nullcontext()

    def sleep_past(self, seconds: float) -> None:
        """Wait in this thread as the program's own `time.sleep` does; ValueError for what is no length of time."""
        self.scheduler.wait(None, seconds)
        self._note(seconds, asked=True)

    def _pass(self, seconds: float, *, asked: bool) -> None:
        self.scheduler.sleep(ticks_to_wait(seconds))
        self._note(seconds, asked=asked)

    async def _pass_async(self, seconds: float, *, asked: bool) -> None:
        loop = events._get_running_loop()  # noqa: SLF001 - as in off_loop
        if not isinstance(loop, VirtualLoop):
            await super()._pass_async(seconds, asked=asked)
            return
        self._note(seconds, asked=asked)
        await loop.sleep_exactly(ticks_to_wait(seconds))

    def _note(self, seconds: float, *, asked: bool) -> None:
        if asked:
            self._waits.append(seconds)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An asyncio loop whose time is the round's, and whose waits are waits of its thread among the others."""

    def __init__(self, clock: RoundClock) -> None:
        self._clock = clock
        self._made: List[asyncio.Task[Any]] = []
        super().__init__(_Selector(clock.scheduler, self.is_timed))
        self._clock_resolution = 2 * NOISE / TICKS  # a timer is due at no earlier tick than its own

    def time(self) -> float:
        """Seconds that the machine has been up, as time.monotonic has them."""
        # What asyncio itself looks at the clock for is a part of what the program does with it.
        if sys._getframe(1).f_code not in _ASYNCIO and self._clock.scheduler.here():  # noqa: SLF001 - nobody says who asks
            self._clock.scheduler.look()
        return self._clock.ticking() / TICKS

    def call_at(  # type: ignore[override]  # its own has a type variable for the arguments
        self, when: float, callback: Any, *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        """Call back at a moment, which is past for a program that looks at the clock then."""
        return super().call_at(when, self._lapse, callback, *args, context=context)

    async def sleep_exactly(self, ticks: int) -> None:
        """Wait for ticks of the round's time, and end at that very tick."""
        if not ticks:
            await asyncio.sleep(0)
            return
        over = self.create_future()
        timer = super().call_at((self._clock.ticking() + ticks) / TICKS, _end, over)
        try:
            await over
        finally:
            timer.cancel()

    def is_timed(self) -> bool:
        """Say whether a timer is running."""
        return bool(self._scheduled)  # type: ignore[attr-defined]

    def _lapse(self, callback: Callable[..., object], *args: Any) -> None:
        self._clock.scheduler.lapsed = True
        callback(*args)

    def create_task(self, coro: Any, **options: Any) -> asyncio.Task[Any]:
        """Make a task, and remember it."""
        task = super().create_task(coro, **options)
        self._made.append(task)
        return task

    def unheard(self) -> List[BaseException]:
        """Give what tasks have ended with that nobody has asked for."""
        dead = [task for task in self._made if task.done() and not task.cancelled()]
        errors = [task.exception() for task in dead if getattr(task, "_log_traceback", False)]
        return [error for error in errors if error is not None]

    async def helped(self) -> None:
        """Wait for the jobs that were given to threads (`asyncio.to_thread`), and take no more."""
        if getattr(self, "_default_executor", None) is not None:
            await self.shutdown_default_executor()


_ASYNCIO = (asyncio.BaseEventLoop._run_once.__code__, asyncio.BaseEventLoop.call_later.__code__)  # type: ignore[attr-defined]  # noqa: SLF001


def _end(wait: asyncio.Future[None]) -> None:
    if not wait.done():
        wait.set_result(None)


class _Selector(selectors.DefaultSelector):
    """A selector that waits in turn; for descriptors beyond the loop's own it waits for real first."""

    def __init__(self, scheduler: Scheduler, is_timed: Callable[[], bool]) -> None:
        super().__init__()
        self._scheduler = scheduler
        self._is_timed = is_timed
        self._silent: FrozenSet[object] = frozenset()

    def select(self, timeout: Optional[float] = None) -> List[Tuple[selectors.SelectorKey, int]]:
        found = super().select(0)
        if timeout is not None and timeout <= 0:
            self._scheduler.breathe(timed=self._is_timed())
            return found
        if found:
            return found
        known: FrozenSet[object] = frozenset(self.get_map())
        abroad = len(known) > 1 and known != self._silent
        if abroad and self._scheduler.alone:
            found = super().select(_HOLD if timeout is None else min(_HOLD, timeout))
            abroad = False
        if not found:

            def ready() -> bool:
                found[:] = super(_Selector, self).select(0)
                return bool(found)

            wait = None if timeout is None else max(1, ceil(timeout * TICKS - NOISE))
            self._scheduler.park(ready, wait, hold=_HOLD if abroad else 0.0, outside=len(known) > 1)
        self._silent = frozenset() if found else known
        return found


def off_loop(work: Callable[[], ResultT]) -> ResultT:
    """Do work that runs event loops of its own: here, or, where one runs already, in a thread that is waited for."""
    __tracebackhide__ = True
    if events._get_running_loop() is None and not in_trio_task():  # noqa: SLF001
        return work()
    with ThreadPoolExecutor(1, thread_name_prefix="octamem-chaos") as pool:
        return pool.submit(work).result()  # in a context of its own: the one here names the library of its loop
