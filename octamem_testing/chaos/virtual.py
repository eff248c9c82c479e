"""Virtual time for a whole program: a clock and an event loop on the fake's time.

What stands in for `time` is in `standin`; what a VirtualClock cannot see, this one cannot see either.
"""

from __future__ import annotations

import asyncio
import selectors
import sys
import threading
from asyncio import events
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from math import ceil
from typing import TYPE_CHECKING, Any, Callable, ContextManager, List, Optional, Tuple, TypeVar

from fake_server.core.clock import TICKS
from octamem_testing.bells import ThreadBell
from octamem_testing.clock import VirtualClock

if TYPE_CHECKING:
    from fake_server.core import Fake

__all__ = ["RoundClock", "VirtualLoop", "off_loop"]

_REAL_WAIT = 0.02
"""Seconds of real time that the loop gives a helper thread before it looks again."""
_PATIENCE = 250
"""How often it does so before it takes the helper for one that waits on the loop itself."""

ResultT = TypeVar("ResultT")
Guard = Callable[[float], None]


class RoundClock(VirtualClock):
    """The kit's clock, but that waits on a `VirtualLoop` are the loop's own: so they keep their order among its timers.

    `guard` is asked before each wait, with its seconds, and raises where the round is to end instead.
    """

    def __init__(self, fake: Fake, guard: Guard) -> None:
        super().__init__(fake)
        self._guard = guard

    def call(self) -> ContextManager[object]:
        """Count a call as in flight, but on a `VirtualLoop`, which sees for itself what goes on."""
        return nullcontext() if _virtual_loop() is not None else super().call()

    def _pass(self, seconds: float, *, asked: bool) -> None:
        self._guard(seconds)
        home = _HERE.loop
        if _virtual_loop() is not None:
            # A wait that blocks the loop: nothing on it can happen meanwhile.
            self._note(seconds, asked=asked)
            self.advance(seconds)
        elif home is not None:
            self._note(seconds, asked=asked)
            home.wait_in_helper(seconds)
        else:
            super()._pass(seconds, asked=asked)

    async def _pass_async(self, seconds: float, *, asked: bool) -> None:
        self._guard(seconds)
        if _virtual_loop() is None:
            await super()._pass_async(seconds, asked=asked)
            return
        self._note(seconds, asked=asked)
        await asyncio.sleep(seconds)

    def _note(self, seconds: float, *, asked: bool) -> None:
        if asked:
            self._waits.append(seconds)


class _Here(threading.local):
    """The loop that this thread is a helper of, by `run_in_executor`."""

    loop: Optional[VirtualLoop] = None


_HERE = _Here()


def _virtual_loop() -> Optional[VirtualLoop]:
    loop = events._get_running_loop()  # noqa: SLF001 - documented for those who make loops, and raises nothing
    return loop if isinstance(loop, VirtualLoop) else None


class VirtualLoop(asyncio.SelectorEventLoop):
    """An asyncio loop whose time is the round's: where it would wait for a timer, it moves time on instead.

    `guard` is asked before each step in time, as of a RoundClock; `stuck` is called where nothing is left that could
    ever happen, and raises.
    """

    def __init__(self, clock: RoundClock, guard: Guard, stuck: Callable[[], None]) -> None:
        self._clock = clock
        self._guard = guard
        self._stuck = stuck
        self._helpers = 0  # jobs in executor threads that are neither done nor in a virtual wait
        self._looked = 0
        super().__init__(_Selector(self._idle))
        self._clock_resolution = 2 / TICKS  # a timer is due within the tick in which it falls

    def time(self) -> float:
        """Seconds since the fake's clock began."""
        return self._clock.fake.now() / TICKS

    def run_in_executor(  # type: ignore[override]  # its own signature needs a TypeVarTuple
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> Any:
        """Run a job in a thread; time stands still until it is done, or waits."""

        def job() -> Any:
            before, _HERE.loop = _HERE.loop, self
            try:
                return func(*args)
            finally:
                _HERE.loop = before

        self._helpers += 1
        future = super().run_in_executor(executor, job)
        future.add_done_callback(self._helped)
        return future

    def wait_in_helper(self, seconds: float) -> None:
        """Block a helper thread for seconds of the round's time."""
        bell = ThreadBell()

        def begin() -> None:
            self._helpers -= 1
            self.call_later(seconds, end)

        def end() -> None:
            self._helpers += 1
            bell.ring()

        self.call_soon_threadsafe(begin)
        bell.wait()

    def _helped(self, _: object) -> None:
        self._helpers -= 1

    def _idle(self, timeout: Optional[float]) -> Optional[float]:
        """Say how many real seconds to wait for a helper; None where time has been moved on instead."""
        if self._helpers > 0 and self._looked < _PATIENCE:
            self._looked += 1
            return _REAL_WAIT
        self._looked = 0
        if timeout is None:
            self._stuck()
            return None
        self._guard(timeout)
        self._clock.advance(ceil(timeout * TICKS) / TICKS)
        return None


class _Selector(selectors.DefaultSelector):
    """A selector that does not wait."""

    def __init__(self, idle: Callable[[Optional[float]], Optional[float]]) -> None:
        super().__init__()
        self._idle = idle

    def select(self, timeout: Optional[float] = None) -> List[Tuple[selectors.SelectorKey, int]]:
        found = super().select(0)
        if found or (timeout is not None and timeout <= 0):
            return found
        wait = self._idle(timeout)
        return [] if wait is None else super().select(wait)


def off_loop(work: Callable[[], ResultT]) -> ResultT:
    """Do work that runs event loops of its own: here, or, where one runs already, in a thread that is waited for."""
    trio = sys.modules.get("trio")
    if events._get_running_loop() is None and not (trio is not None and trio.lowlevel.in_trio_task()):  # noqa: SLF001
        return work()
    with ThreadPoolExecutor(1, thread_name_prefix="octamem-chaos") as pool:
        return pool.submit(work).result()  # in a context of its own: the one here names the library of its loop
