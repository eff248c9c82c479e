"""The clock and the event loops of a program in virtual time, whose waits block on the scheduler."""

from __future__ import annotations

import asyncio
import sys
from asyncio import events
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Callable, ContextManager, List, TypeVar, cast
from weakref import WeakSet

from fake_server.core.clock import TICKS
from octamem_testing.static import in_trio_task

from .bounds import loop_refused
from .clock import VirtualClock, ticks_to_wait
from .deadline import NOISE
from .places import foreign_code
from .selector import VirtualSelector
from .tasks import NumberedTask
from .threads.lineage import acting_for, current_actor

if TYPE_CHECKING:
    from fake_server.core import Fake

    from .scheduler import Scheduler

__all__ = ["RoundClock", "VirtualLoop", "adopt", "off_loop"]

_UPTIME = 4_321_500_000
"""Ticks that the machine has been up when a round begins; not 0, which programs take for "never"."""

ResultT = TypeVar("ResultT")


class RoundClock(VirtualClock):
    """The kit's clock, but a thread waits on the scheduler, and a task on its event loop.

    So its waits keep their order among all other waits of the program. A wait of the program (`sleep_past`) ends after
    its deadline, a wait of the kit exactly at it.
    """

    def __init__(self, fake: Fake, scheduler: Scheduler, *, uptime: int = _UPTIME) -> None:
        super().__init__(fake)
        self.scheduler = scheduler
        self.loops: WeakSet[VirtualLoop] = WeakSet()
        self._uptime = uptime - fake.now()

    def uptime(self) -> int:
        """Return the ticks that the machine has been up: at its beginning each round has the same."""
        return self._uptime + self.fake.now()

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
        if isinstance(loop, asyncio.SelectorEventLoop) and self.scheduler.takes_part():
            adopt(loop, self)
        elif self.scheduler.runs_here():
            raise loop_refused("trio" if loop is None else type(loop).__module__)
        else:
            await super()._pass_async(seconds, asked=asked)
            return
        self._note(seconds, asked=asked)
        await cast("VirtualLoop", loop).sleep_exactly(ticks_to_wait(seconds))

    def _note(self, seconds: float, *, asked: bool) -> None:
        if asked:
            self._waits.append(seconds)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An asyncio loop in virtual time, whose thread blocks on the scheduler when the loop waits."""

    _selector: Any
    _clock_resolution: float

    def __init__(self, clock: RoundClock) -> None:
        super().__init__()
        self.follow(clock)

    def release(self) -> None:
        """Put the loop back on the machine's time, so that it outlives the virtual time that it was in."""
        kind = next(kind for kind in type(self).__mro__ if not issubclass(kind, VirtualLoop))
        self.move_timers(kind.time(self) - self._clock.uptime() / TICKS)  # type: ignore[attr-defined]
        self._selector = self._selector.inner
        self._clock_resolution = self._machine_resolution
        self.__class__ = kind  # type: ignore[assignment]

    def follow(self, clock: RoundClock) -> None:
        """Wait on the scheduler of a clock from now on."""
        self._clock = clock
        self._tasks: List[asyncio.Task[Any]] = []
        clock.loops.add(self)
        self._selector = VirtualSelector(self._selector, clock.scheduler, self, self.is_timed)
        self._machine_resolution: float = self._clock_resolution
        self._clock_resolution = 2 * NOISE / TICKS  # a timer is due at no earlier tick than its own

    def move_timers(self, seconds: float) -> None:
        """Let each timer be due later by as much, which leaves their order."""
        for timer in self._scheduled:  # type: ignore[attr-defined]
            timer._when += seconds  # noqa: SLF001 - a loop owns its timers

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
        numbered = self.get_task_factory() is None
        begin = partial(self._numbered_task, **options) if numbered else partial(super().create_task, **options)
        series, make = self._clock.scheduler.series, cast("Any", begin)
        with acting_for(None) as owner:  # what the task gives to a thread, with its context, is done for the task
            task: asyncio.Task[Any]
            if series is None or not self.is_running():  # whoever runs the loop is held by nobody
                owner.actor = task = make(coro)
            else:
                group = id(self), id(current_actor()), foreign_code(getattr(coro, "cr_code", None))
                owner.actor = task = series.begin_task(coro, group, make)
        self._tasks.append(task)
        self._clock.scheduler.lineage.note_start(task)
        return task

    def _numbered_task(self, coro: Any, **options: Any) -> asyncio.Task[Any]:
        self._check_closed()  # type: ignore[attr-defined]
        return NumberedTask(coro, len(self._tasks), loop=self, **options)

    def run_in_executor(  # type: ignore[override]  # its own has a type variable for the arguments
        self, executor: Any, func: Any, *args: Any
    ) -> Any:
        """Give a job to a thread, which sends its requests on behalf of the task that runs."""
        task = asyncio.current_task(self)
        job = func if task is None else partial(_work_for, task, func)
        return super().run_in_executor(executor, job, *args)

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


def _work_for(task: asyncio.Task[Any], func: Callable[..., ResultT], *args: Any) -> ResultT:
    with acting_for(task):
        return func(*args)


def _end(done: asyncio.Future[None]) -> None:
    if not done.done():
        done.set_result(None)


def adopt(loop: asyncio.AbstractEventLoop, clock: RoundClock) -> float:
    """Put a loop on virtual time unless it is there, and return by how many seconds its time has jumped.

    Raises LoopRefusedError for a loop that is no selector loop of asyncio.
    """
    if isinstance(loop, VirtualLoop):
        return 0.0
    if not isinstance(loop, asyncio.SelectorEventLoop):
        raise loop_refused(type(loop).__module__)
    ahead = clock.uptime() / TICKS - loop.time()
    kind: Any = type(loop)
    loop.__class__ = _virtual(kind)
    virtual = cast("VirtualLoop", loop)
    virtual.follow(clock)
    virtual.move_timers(ahead)
    return ahead


@cache
def _virtual(kind: type) -> Any:
    """Return the class of virtual loops that extends a class of loops."""
    if kind is asyncio.SelectorEventLoop:
        return VirtualLoop
    return type(f"Virtual{kind.__name__}", (VirtualLoop, kind), {"__module__": kind.__module__})


def off_loop(work: Callable[[], ResultT]) -> ResultT:
    """Do work that runs event loops of its own: in this thread, or in another if a loop runs here already."""
    __tracebackhide__ = True
    if events._get_running_loop() is None and not in_trio_task():  # noqa: SLF001
        return work()
    with ThreadPoolExecutor(1, thread_name_prefix="octamem-chaos") as pool:
        return pool.submit(work).result()  # in a new context: the one here names the library of its loop
