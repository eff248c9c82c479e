"""What one round is played on: the fake, the clock on it, the transport between, and the scenario to its end."""

from __future__ import annotations

import asyncio
import inspect
import os
import sys
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from inspect import getattr_static
from typing import Any, Generator, List, Mapping, Optional, Tuple

from fake_server.core import Fake
from octamem import AsyncOctaMem, OctaMem
from octamem_testing.chaos.scenario.errors import where_stopped
from octamem_testing.chaos.scenario.scenario import ScenarioError
from octamem_testing.chaos.schedule.steps import CLOSE_CLIENT, armable
from octamem_testing.context import HANDED_OUT
from octamem_testing.static import is_a, space_of
from octamem_testing.virtual_time.bounds import Bounds, RoundStopped
from octamem_testing.virtual_time.event_loop import RoundClock, VirtualLoop
from octamem_testing.virtual_time.patch_points import Held
from octamem_testing.virtual_time.patching import stood_in
from octamem_testing.virtual_time.scheduler import Scheduler
from octamem_testing.wiring.mock import mocked
from octamem_testing.wiring.service import BASE_URL, KEY_VARIABLE

from .program import Program
from .recording_transport import RecordingTransport
from .tls import shared_tls

__all__ = ["IsAsync", "Run"]

LINGER = 120.0
"""Virtual seconds that tasks and threads are given to end that a scenario leaves behind, as it is over."""
ELSEWHEN = 2017.0
"""Seconds by which a round begins later that is to show what depends on the moment: whole, so that waits stay equal."""
_NOT_JUDGED = (("pytest", "exit"), ("pytest", "skip"), ("unittest", "SkipTest"))
"""Where the errors are that end a test rather than what it tests; those that skip it do so without faults alone."""


class IsAsync(Exception):
    """A scenario that did not look like it gave an awaitable."""


@dataclass
class _Outcome:
    returned: Any = None
    error: Optional[BaseException] = None
    ended: int = 0  # ticks


class Run:
    """What one round is played on: the fake, the clock on it and the transport between."""

    def __init__(
        self,
        program: Program,
        schedule: str,
        bounds: Bounds,
        held: Tuple[Held, ...],
        *,
        is_async: bool,
        perturbed: bool,
    ) -> None:
        self._program = program
        self._held = held
        self._is_async = is_async
        self._baseline = not schedule
        self._chance = program.seed + perturbed
        self._stopped_at = ""
        settings: Any = {"seed": program.seed, **program.settings}
        self.fake = Fake(aliases=HANDED_OUT, **settings)
        if perturbed:
            self.fake.advance(ELSEWHEN)
        if program.memories:
            self.fake.remember(program.memories)
        if schedule:
            self.fake.faults(armable(schedule))
        self._began = self.fake.now()
        self.bounds = bounds
        self.bounds.began = self._began
        stuck = partial(self.bounds.stop, "it waited for something that could never come")
        self.scheduler = Scheduler(self.fake, partial(self.bounds.guard, self.fake), stuck)
        self.clock = RoundClock(self.fake, self.scheduler)
        self.tap = RecordingTransport(self.fake, self.clock, self.bounds)
        self.tap.has_close = CLOSE_CLIENT in schedule
        self.outcome = _Outcome()

    def play(self) -> Run:
        """Run the scenario to its end."""
        with ExitStack() as stack:
            stack.enter_context(stood_in(self.clock, self._held, self._new_loop, seed=self._chance))
            stack.enter_context(shared_tls())
            stack.enter_context(mocked(self.fake, self.clock, self.tap))
            stack.enter_context(_key(self.fake.api_key))
            stack.callback(self._finish)
            if self._is_async:
                self._play_async()
            else:
                self._play_sync()
        return self

    def stopped(self) -> Optional[str]:
        """Say why the round was stopped from outside and where it was, None where it was not."""
        why = self.bounds.stopped
        return None if why is None else why + self._stopped_at

    def _play_sync(self) -> None:
        try:
            if self._program.takes_client:
                with OctaMem(self.fake.api_key, base_url=BASE_URL, transport=self.tap, clock=self.clock) as client:
                    self.tap.client = client
                    returned = self._program.scenario(client)
            else:
                returned = self._program.scenario()
            self.outcome.returned = returned
        except BaseException as error:
            if not self._is_an_ending(error):
                raise
            self.outcome.error = error
            returned = None
            self._locate()
        self._end()
        if inspect.isawaitable(returned):
            if inspect.iscoroutine(returned):
                returned.close()
            raise IsAsync

    def _play_async(self) -> None:
        with closing(self._new_loop()) as loop:
            loop.set_exception_handler(_unheard)
            task = self.tap.task = loop.create_task(self._scenario(loop))
            try:
                loop.run_until_complete(task)
            except BaseException as error:
                if not self._is_an_ending(error):
                    raise
                self.outcome.error = error
                self._locate(task, loop.unheard())
            finally:
                if self.tap.over_at is None:
                    self._end()
                self.tap.let_go()
                _let_go(loop)
        if self.bounds.stopped is not None and not isinstance(self.outcome.error, RoundStopped):
            self.outcome.error = RoundStopped(self.bounds.stopped)

    async def _scenario(self, loop: VirtualLoop) -> None:
        program = self._program
        try:
            if program.takes_client:
                client = AsyncOctaMem(self.fake.api_key, base_url=BASE_URL, transport=self.tap, clock=self.clock)
                self.tap.client = client
                async with client:
                    self.outcome.returned = await program.scenario(client)
            else:
                self.outcome.returned = await program.scenario()
        finally:
            self.outcome.ended = self.fake.now() - self._began
            # Nothing can cancel what runs in a thread, so asyncio.run waits for it too before a program is over.
            await loop.helped()
            self.tap.over()

    def _end(self) -> None:
        self.outcome.ended = self.fake.now() - self._began
        self.tap.over()

    def _is_an_ending(self, error: BaseException) -> bool:
        """Say whether an error is one that a scenario may end with, for the promises to judge."""
        if is_a(error, ScenarioError, KeyboardInterrupt):
            return False
        for module, name in _NOT_JUDGED:
            found = space_of(sys.modules.get(module)).get(name)
            kind = found if is_a(found, type) else getattr_static(found, "Exception", None)
            if kind is not None and is_a(error, kind) and (name == "exit" or self._baseline):
                return False
        return True

    def _locate(self, task: Optional[asyncio.Task[Any]] = None, unheard: Optional[List[BaseException]] = None) -> None:
        """Note where the program is as it is stopped, while that can be told."""
        if self.bounds.stopped is not None:
            self._stopped_at = where_stopped(self.outcome.error, task, [self.scheduler.failure, *(unheard or ())])

    def _finish(self) -> None:
        """Let the threads end that the scenario has left behind."""
        self.scheduler.finish(LINGER)
        self.bounds.close()
        self.scheduler.close()

    def _new_loop(self) -> VirtualLoop:
        return VirtualLoop(self.clock)


@contextmanager
def _key(api_key: str) -> Generator[None, None, None]:
    before = os.environ.get(KEY_VARIABLE)
    os.environ[KEY_VARIABLE] = api_key
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(KEY_VARIABLE, None)
        else:
            os.environ[KEY_VARIABLE] = before


def _unheard(_: asyncio.AbstractEventLoop, __: Mapping[str, Any]) -> None:
    """Say nothing of tasks that fail unheard: under faults they do."""


def _let_go(loop: VirtualLoop) -> None:
    """Cancel what the scenario left behind, as asyncio.run does, run it to its end, and close what is open."""
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        with suppress(RoundStopped, RuntimeError):
            loop.run_until_complete(asyncio.wait(left, timeout=LINGER))
    for task in asyncio.all_tasks(loop):
        task._log_destroy_pending = False  # type: ignore[attr-defined]  # noqa: SLF001 - it cannot be cancelled
    with suppress(RoundStopped, RuntimeError):
        loop.run_until_complete(loop.shutdown_asyncgens())
