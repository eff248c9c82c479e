"""Virtual time for a whole program: a clock and an event loop on the fake's time, whose waits are in turn (`baton`)."""

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
from octamem_testing.clock import VirtualClock

if TYPE_CHECKING:
    from fake_server.core import Fake

    from .baton import Baton

__all__ = ["RoundClock", "VirtualLoop", "off_loop"]

_HOLD = 1.0
"""Real seconds that time waits for a descriptor of the program's own, a socket or a pipe, before it moves on."""

_UP = 4_321_500_000
"""Ticks that the machine has been up as a round begins: on none is it 0, which programs take for "never"."""

ResultT = TypeVar("ResultT")


class RoundClock(VirtualClock):
    """The kit's clock, but that its waits are those of the round: a thread's are in turn, a task's are its loop's.

    So they keep their order among all other waits of the program.
    """

    def __init__(self, fake: Fake, baton: Baton) -> None:
        super().__init__(fake)
        self.baton = baton
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

    def _pass(self, seconds: float, *, asked: bool) -> None:
        self.baton.sleep(seconds)
        self._note(seconds, asked=asked)

    async def _pass_async(self, seconds: float, *, asked: bool) -> None:
        if not isinstance(events._get_running_loop(), VirtualLoop):  # noqa: SLF001 - as in off_loop
            await super()._pass_async(seconds, asked=asked)
            return
        self._note(seconds, asked=asked)
        await asyncio.sleep(seconds)

    def _note(self, seconds: float, *, asked: bool) -> None:
        if asked:
            self._waits.append(seconds)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An asyncio loop whose time is the round's, and whose waits are waits of its thread among the others."""

    def __init__(self, clock: RoundClock) -> None:
        self._clock = clock
        self._made: List[asyncio.Task[Any]] = []
        super().__init__(_Selector(clock.baton))
        self._clock_resolution = 2 / TICKS  # a timer is due within the tick in which it falls

    def time(self) -> float:
        """Seconds that the machine has been up, as time.monotonic has them."""
        return self._clock.ticking() / TICKS

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


class _Selector(selectors.DefaultSelector):
    """A selector that waits in turn; for descriptors beyond the loop's own it waits for real first."""

    def __init__(self, baton: Baton) -> None:
        super().__init__()
        self._baton = baton
        self._silent: FrozenSet[object] = frozenset()

    def select(self, timeout: Optional[float] = None) -> List[Tuple[selectors.SelectorKey, int]]:
        found = super().select(0)
        if timeout is not None and timeout <= 0:
            self._baton.breathe()
            return found
        if found:
            return found
        known: FrozenSet[object] = frozenset(self.get_map())
        abroad = len(known) > 1 and known != self._silent
        if abroad and self._baton.alone:
            found = super().select(_HOLD if timeout is None else min(_HOLD, timeout))
            abroad = False
        if not found:

            def ready() -> bool:
                found[:] = super(_Selector, self).select(0)
                return bool(found)

            # To whole ticks, but not up to the next for what is the rounding of a float alone.
            wait = None if timeout is None else ceil(round(timeout * TICKS, 3)) / TICKS
            self._baton.park(ready, wait, hold=_HOLD if abroad else 0.0, outside=len(known) > 1)
        self._silent = frozenset() if found else known
        return found


def off_loop(work: Callable[[], ResultT]) -> ResultT:
    """Do work that runs event loops of its own: here, or, where one runs already, in a thread that is waited for."""
    __tracebackhide__ = True
    trio = sys.modules.get("trio")
    if events._get_running_loop() is None and not (trio is not None and trio.lowlevel.in_trio_task()):  # noqa: SLF001
        return work()
    with ThreadPoolExecutor(1, thread_name_prefix="octamem-chaos") as pool:
        return pool.submit(work).result()  # in a context of its own: the one here names the library of its loop
