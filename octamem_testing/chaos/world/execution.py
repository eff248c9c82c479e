"""One run of the program: a fake, a clock on it, a transport between, and the scenario from beginning to end."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, closing
from functools import partial
from types import CoroutineType
from typing import Any, List, Optional, Tuple

from fake_server.core.clock import TICKS
from octamem import AsyncOctaMem, OctaMem
from octamem_testing.chaos.scenario.errors import message_of, where_stopped
from octamem_testing.chaos.scenario.reruns import Change
from octamem_testing.chaos.scenario.scenario import ScenarioError, claims_of, is_awaitable
from octamem_testing.chaos.scenario.trace import Trace
from octamem_testing.chaos.schedule.steps import CLOSE_CLIENT
from octamem_testing.static import is_a
from octamem_testing.virtual_time.bounds import Bounds, RoundStopped
from octamem_testing.virtual_time.event_loop import RoundClock, VirtualLoop
from octamem_testing.virtual_time.patch_points import PatchPoint
from octamem_testing.virtual_time.patching import patched, seeded
from octamem_testing.virtual_time.scheduler import Scheduler
from octamem_testing.virtual_time.threads.series import Series
from octamem_testing.wiring import BASE_URL
from octamem_testing.wiring.mock import redirected
from octamem_testing.wiring.outside import Outside

from .child_calls import child_refused
from .computing_guard import GUARD
from .ending import LINGER, Ending, cancel_tasks, ignore_unretrieved, is_judged
from .outcome import Life, Outcome
from .process_pools import refused_pools
from .program import Program
from .real_waits import RealWaits
from .surroundings import key_in_environment, new_fake, ordered
from .tls import shared_tls
from .transports.interrupting_transport import InterruptingTransport

__all__ = ["IsAsync", "Run"]

_OTHER_LIFE = 1_000_003
"""What the seed of `random` differs by from one life to the next."""


class IsAsync(Exception):
    """A scenario that did not look async returned an awaitable."""


class Run:
    """One run of a program under a schedule."""

    def __init__(
        self,
        program: Program,
        schedule: str,
        bounds: Bounds,
        points: Tuple[PatchPoint, ...],
        *,
        is_async: bool,
        random_seed: int,
        perturbed: bool,
        change: Change,
        real_waits: RealWaits,
        before: Optional[Life] = None,
    ) -> None:
        self._program = program
        self._points = points
        self._is_async = is_async
        self._has_faults = bool(schedule)
        another_life = _OTHER_LIFE * before.number if before is not None else 0
        self._random_seed = random_seed + change.draw + another_life
        self.used_random = False
        self._stopped_where = ""
        self.order, armed = ordered(schedule)
        self.fake = before.fake if before is not None else new_fake(program, armed, perturbed=perturbed)
        if change.memories:
            self.fake.remember(change.memories)
        self._starts = self.fake.now()
        self._began = self._starts if before is None else before.began
        self.bounds = bounds
        self.bounds.began = self._starts
        stuck = partial(self.bounds.stop, "it waited for something that can never happen")
        self.scheduler = Scheduler(self.fake, partial(self.bounds.guard, self.fake), stuck, order=self.order)
        self.scheduler.series = Series() if change.in_series else None
        self.clock = RoundClock(self.fake, self.scheduler)
        if before is not None:
            self.clock = RoundClock(self.fake, self.scheduler, uptime=before.uptime)
        self.transport = InterruptingTransport(self.fake, self.clock, self.bounds)
        self.transport.has_close = CLOSE_CLIENT in schedule
        self.outside = Outside(program.allow_hosts) if before is None else Outside(program.allow_hosts, *before.outside)
        self.transport.longer, self.transport.pauses = change.longer, dict(change.pauses)
        self.transport.real_waits = self._real_waits = real_waits
        self.transport.trace = self._trace = Trace(change.followed) if change.followed else None
        if before is not None:
            self.transport.go_on_after(before)
        self.ending = Ending()

    def execute(self) -> Run:
        """Run the scenario to its end, and return this run."""
        with ExitStack() as stack:
            stack.enter_context(patched(self.clock, self._points))
            stack.enter_context(refused_pools(self.scheduler.runs_here, self.transport.note_failure))
            stack.enter_context(self._real_waits.watched())
            has_drawn = stack.enter_context(seeded(self._random_seed))
            stack.enter_context(shared_tls())
            stack.enter_context(redirected(self.transport, outside=self.outside))
            stack.enter_context(key_in_environment(self.fake.api_key))
            stack.enter_context(GUARD.watching(self.scheduler, self.bounds))
            stack.callback(self._finish)
            if self._trace is not None:
                stack.enter_context(self._trace.following())
            if self._is_async:
                self._run_async()
            else:
                self._run_sync()
            self.used_random = has_drawn()
        return self

    def outcome(self) -> Outcome:
        """Return what the run showed; raises ScenarioError if the fake could not answer."""
        transport, ending, reason = self.transport, self.ending, self.bounds.stopped
        failure = transport.failure
        if failure is None and transport.child_calls.were_made:
            place = self._real_waits.place_of("multiprocessing.Process.start", "os.fork")
            failure = child_refused("a call to OctaMem in a child process", place)
        if failure is not None:
            message = message_of(failure) or type(failure).__name__
            if is_a(failure, ScenarioError):
                raise ScenarioError(message) from failure
            raise ScenarioError(f"the round cannot be judged, as the fake could not answer: {message}") from failure
        return Outcome(
            fake=self.fake,
            requests=transport.final_records(),
            outside=(self.outside.calls, self.outside.refused),
            claims=claims_of(ending.returned),
            returned=ending.returned,
            error=ending.error,
            seconds=ending.at / TICKS,
            interrupted_at=transport.interrupted_at,
            leftover=transport.leftover(),
            stopped=None if reason is None else reason + self._stopped_where,
            life=transport.life,
            used_random=self.used_random,
            concurrent=transport.concurrent,
            interleaved=self.order is not None,
            choices=0 if self.order is None else self.order.choices,
            in_series=ending.in_series,
            starved=self.scheduler.starved,
            trace=self._trace,
        )

    def crashed(self) -> Life:
        """Return what is left now that the process is killed."""
        transport = self.transport
        return Life(
            number=transport.life,
            fake=self.fake,
            requests=transport.final_records(),
            outside=(self.outside.calls, self.outside.refused),
            began=self._began,
            uptime=self.clock.uptime(),
            interrupted_at=transport.interrupted_at,
        )

    def _run_sync(self) -> None:
        returned: Any = None
        try:
            if self._program.takes_client:
                with self._client_of(OctaMem) as client:
                    returned = self._program.scenario(client)
            else:
                returned = self._program.scenario()
            self.ending.returned = returned
        except BaseException as error:
            if not is_judged(error, has_faults=self._has_faults):
                raise
            returned, self.ending.error = None, error
            self._locate()
        self._end()
        if is_awaitable(returned):
            if is_a(returned, CoroutineType):
                returned.close()
            raise IsAsync

    def _run_async(self) -> None:
        with closing(self._new_loop()) as loop:
            loop.set_exception_handler(ignore_unretrieved)
            task = self.transport.task = loop.create_task(self._scenario(loop))
            try:
                loop.run_until_complete(task)
            except BaseException as error:
                if not is_judged(error, has_faults=self._has_faults):
                    raise
                self.ending.error = error
                self._locate(task, loop.unretrieved())
            finally:
                if self.transport.ended_after is None:
                    self._end()
                self.transport.note_cancelled()
                cancel_tasks(loop)
        if self.bounds.stopped is not None and not is_a(self.ending.error, RoundStopped):
            self.ending.error = RoundStopped(self.bounds.stopped)

    async def _scenario(self, loop: VirtualLoop) -> None:
        try:
            if self._program.takes_client:
                async with self._client_of(AsyncOctaMem) as client:
                    self.ending.returned = await self._program.scenario(client)
            else:
                self.ending.returned = await self._program.scenario()
        finally:
            self._note_time()
            # Nothing can cancel what runs in a thread, so asyncio.run waits for it too before a program ends.
            await loop.join_executor()
            self.transport.note_end()

    def _client_of(self, kind: Any) -> Any:
        """Return the client that the scenario is given."""
        client = kind(self.fake.api_key, base_url=BASE_URL, transport=self.transport, clock=self.clock)
        self.transport.client = client
        return client

    def _end(self) -> None:
        self._note_time()
        self.transport.note_end()

    def _note_time(self) -> None:
        self.ending.at = self.fake.now() - self._began
        series = self.scheduler.series
        self.ending.in_series = series is not None and series.is_whole

    def _locate(
        self, task: Optional[asyncio.Task[Any]] = None, unretrieved: Optional[List[BaseException]] = None
    ) -> None:
        """Note where the program was stopped, while its frames are still there."""
        if self.bounds.stopped is not None:
            errors = [self.scheduler.failure, *(unretrieved or ())]
            stopped = self.ending.error or self.scheduler.stopped
            self._stopped_where = where_stopped(stopped, task, errors)

    def _finish(self) -> None:
        """Let the threads end that the scenario has left behind."""
        self.scheduler.finish(LINGER)
        if not self._stopped_where:
            self._locate()
        self.bounds.close()
        self.scheduler.close()

    def _new_loop(self) -> VirtualLoop:
        return VirtualLoop(self.clock)
