"""The clock and the event loop of a round, whose waits block on the scheduler."""

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

_FREEZE = 1.0
"""Real seconds that virtual time stands still for a descriptor of the program's own, such as a socket or a pipe."""

_UPTIME = 4_321_500_000
"""Ticks that the machine has been up when a round begins; not 0, which programs take for "never"."""

ResultT = TypeVar("ResultT")


class RoundClock(VirtualClock):
    """The kit's clock, but a thread waits on the scheduler, and a task on its event loop.

    So its waits keep their order among all other waits of the program. A wait of the program (`sleep_past`) ends after
    its deadline, a wait of the kit exactly at it.
    """

    def __init__(self, fake: Fake, scheduler: Scheduler) -> None:
        super().__init__(fake)
        self.scheduler = scheduler
        self._began = fake.now()

    def uptime(self) -> int:
        """Return the ticks that the machine has been up: at its beginning each round has the same."""
        return _UPTIME + self.fake.now() - self._began

    def call(self) -> ContextManager[object]:
        """Count nothing: the scheduler knows which thread runs."""
        return nullcontext()

    def register(self) -> ContextManager[object]:
        """Count nothing, as in `call`."""
        return nullcontext()

    def sleep_past(self, seconds: float) -> None:
        """Wait in this thread as the program's own `time.sleep` does; ValueError for an invalid length of time."""
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
    """An asyncio loop in virtual time, whose thread blocks on the scheduler when the loop waits."""

    def __init__(self, clock: RoundClock) -> None:
        self._clock = clock
        self._tasks: List[asyncio.Task[Any]] = []
        super().__init__(_Selector(clock.scheduler, self.is_timed))
        self._clock_resolution = 2 * NOISE / TICKS  # a timer is due at no earlier tick than its own

    def time(self) -> float:
        """Return the seconds that the machine has been up, as time.monotonic does."""
        # When asyncio itself reads the clock, that is no step of the program.
        if sys._getframe(1).f_code not in _ASYNCIO and self._clock.scheduler.runs_here():  # noqa: SLF001 - nobody says who asks
            self._clock.scheduler.read_clock()
        return self._clock.uptime() / TICKS

    def call_at(  # type: ignore[override]  # its own has a type variable for the arguments
        self, when: float, callback: Any, *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        """Call back at a moment, which a program that reads the clock then finds past."""
        return super().call_at(when, self._time_out, callback, *args, context=context)

    async def sleep_exactly(self, ticks: int) -> None:
        """Wait for ticks of virtual time, and end at that very tick."""
        if not ticks:
            await asyncio.sleep(0)
            return
        done = self.create_future()
        timer = super().call_at((self._clock.uptime() + ticks) / TICKS, _end, done)
        try:
            await done
        finally:
            timer.cancel()

    def is_timed(self) -> bool:
        """Return whether a timer is running."""
        return bool(self._scheduled)  # type: ignore[attr-defined]

    def _time_out(self, callback: Callable[..., object], *args: Any) -> None:
        self._clock.scheduler.timed_out = True
        callback(*args)

    def create_task(self, coro: Any, **options: Any) -> asyncio.Task[Any]:
        """Create a task, and remember it."""
        task = super().create_task(coro, **options)
        self._tasks.append(task)
        return task

    def unretrieved(self) -> List[BaseException]:
        """List the errors of tasks that nobody has retrieved."""
        done = [task for task in self._tasks if task.done() and not task.cancelled()]
        errors = [task.exception() for task in done if getattr(task, "_log_traceback", False)]
        return [error for error in errors if error is not None]

    async def join_executor(self) -> None:
        """Wait for the jobs that were given to threads (`asyncio.to_thread`), and accept no more."""
        if getattr(self, "_default_executor", None) is not None:
            await self.shutdown_default_executor()


_ASYNCIO = (asyncio.BaseEventLoop._run_once.__code__, asyncio.BaseEventLoop.call_later.__code__)  # type: ignore[attr-defined]  # noqa: SLF001


def _end(done: asyncio.Future[None]) -> None:
    if not done.done():
        done.set_result(None)


class _Selector(selectors.DefaultSelector):
    """A selector that blocks on the scheduler; for descriptors beyond the loop's own it waits in real time first."""

    def __init__(self, scheduler: Scheduler, is_timed: Callable[[], bool]) -> None:
        super().__init__()
        self._scheduler = scheduler
        self._is_timed = is_timed
        self._idle: FrozenSet[object] = frozenset()

    def select(self, timeout: Optional[float] = None) -> List[Tuple[selectors.SelectorKey, int]]:
        found = super().select(0)
        if timeout is not None and timeout <= 0:
            self._scheduler.yield_turn(timed=self._is_timed())
            return found
        if found:
            return found
        known: FrozenSet[object] = frozenset(self.get_map())
        external = len(known) > 1 and known != self._idle
        if external and self._scheduler.single_threaded:
            found = super().select(_FREEZE if timeout is None else min(_FREEZE, timeout))
            external = False
        if not found:

            def is_ready() -> bool:
                found[:] = super(_Selector, self).select(0)
                return bool(found)

            wait = None if timeout is None else max(1, ceil(timeout * TICKS - NOISE))
            self._scheduler.block(is_ready, wait, freeze=_FREEZE if external else 0.0, outside=len(known) > 1)
        self._idle = frozenset() if found else known
        return found


def off_loop(work: Callable[[], ResultT]) -> ResultT:
    """Do work that runs event loops of its own: in this thread, or in another if a loop runs here already."""
    __tracebackhide__ = True
    if events._get_running_loop() is None and not in_trio_task():  # noqa: SLF001
        return work()
    with ThreadPoolExecutor(1, thread_name_prefix="octamem-chaos") as pool:
        return pool.submit(work).result()  # in a new context: the one here names the library of its loop
