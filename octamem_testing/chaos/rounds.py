"""One round: a fresh fake, the scenario in virtual time under one schedule, and what came of it."""

from __future__ import annotations

import asyncio
import inspect
import os
import sys
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import Any, Callable, Generator, Mapping, Optional, Tuple

from fake_server.core import Fake
from fake_server.core.clock import TICKS
from octamem import AsyncOctaMem, OctaMem
from octamem_testing.mock import mocked
from octamem_testing.service import BASE_URL, KEY_VARIABLE

from .baton import Baton, RoundStopped
from .round import Round
from .scenario import ScenarioError, claims_of, is_async, takes_client
from .schedule import CANCEL, CLOSE_CLIENT, Schedule, armable
from .standin import Held, held_by_modules, in_a_round, stood_in
from .tap import Bounds, Tap
from .tls import shared_tls
from .virtual import RoundClock, VirtualLoop

__all__ = ["Player"]

MOST_REQUESTS = 200
"""Requests of one round beyond ten times those of the round without faults: whoever sends more never ends."""
MOST_CALM_REQUESTS = 10_000
"""Requests of the round without faults, of which nothing else can say how many there should be."""
MOST_SECONDS = 86_400.0
"""Virtual seconds of one round: a day is longer than any program is to try again."""
LINGER = 120.0
"""Virtual seconds that tasks and threads are given to end that a scenario leaves behind, as it is over."""

_ENDINGS = (Exception, RoundStopped, asyncio.CancelledError, GeneratorExit, SystemExit)
"""How a scenario may end that is for the promises to judge."""

# What a round replaces is the process's own, so rounds take turns; they are computation and nothing else.
_TURN = Lock()


@dataclass
class Player:
    """Plays rounds of one scenario; what it is, sync or async, with a client or without, is found at the first."""

    scenario: Callable[..., Any]
    seed: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)
    memories: Tuple[Any, ...] = ()
    baseline: Optional[Round] = None
    rounds: int = 0
    is_async: bool = False
    takes_client: bool = field(init=False)
    _held: Tuple[Held, ...] = ()
    _modules: int = 0

    def __post_init__(self) -> None:
        """Look at the scenario's parameters; raises ScenarioError where they are not one client or none."""
        if not callable(self.scenario):
            raise ScenarioError(f"a scenario is a function of one client or of none, not {self.scenario!r:.80}")
        self.takes_client = takes_client(self.scenario)
        self.is_async = is_async(self.scenario)

    def play(self, schedule: str, *, phase: str) -> Round:
        """Make one round; raises ScriptError for a schedule that cannot be read, and what is no Exception."""
        schedule = str(Schedule.of(schedule))
        if in_a_round():
            raise ScenarioError("a scenario cannot hunt or replay: it runs in a round itself; call chaos outside of it")
        with _TURN:
            if self._modules != len(sys.modules):
                self._modules, self._held = len(sys.modules), held_by_modules(self.scenario)
            return self._play(schedule, phase)

    def _play(self, schedule: str, phase: str) -> Round:
        try:
            over = _Stage(self, schedule).play()
        except _IsAsync:
            self.is_async = True
            over = _Stage(self, schedule).play()
        self.rounds += 1
        tap, outcome = over.tap, over.outcome
        if tap.failure is not None:
            said = str(tap.failure) or type(tap.failure).__name__
            raise ScenarioError(f"the round cannot be judged, since no answer could be made: {said}") from tap.failure
        arrivals = tap.settled()
        ended = len(arrivals) if tap.over_at is None else tap.over_at
        return Round(
            number=self.rounds,
            phase=phase,
            schedule=schedule,
            seed=self.seed,
            arrivals=arrivals,
            claims=claims_of(outcome.returned),
            returned=outcome.returned,
            error=outcome.error,
            seconds=outcome.ended / TICKS,
            left=tap.left,
            leftover=arrivals[ended:],
            stopped=over.bounds.stopped,
            fake=over.fake,
            clock=over.clock,
            baseline=self.baseline,
        )

    def bounds(self) -> Bounds:
        """Say how far a round may go."""
        if self.baseline is None:
            return Bounds(MOST_CALM_REQUESTS, MOST_SECONDS)
        return Bounds(MOST_REQUESTS + 10 * len(self.baseline.arrivals), MOST_SECONDS + self.baseline.seconds)

    def own_steps(self) -> Tuple[str, ...]:
        """List the steps beyond a fault script's that this scenario can meet."""
        return (*((CANCEL,) if self.is_async else ()), *((CLOSE_CLIENT,) if self.takes_client else ()))


class _IsAsync(Exception):
    """A scenario that did not look like it gave an awaitable."""


@dataclass
class _Outcome:
    returned: Any = None
    error: Optional[BaseException] = None
    ended: int = 0  # ticks


class _Stage:
    """What one round is played on: the fake, the clock on it and the transport between."""

    def __init__(self, player: Player, schedule: str) -> None:
        self._player = player
        settings: Any = {"seed": player.seed, **player.settings}
        self.fake = Fake(**settings)
        if player.memories:
            self.fake.remember(player.memories)
        if schedule:
            self.fake.faults(armable(schedule))
        self.bounds = player.bounds()
        stuck = partial(self.bounds.stop, "it waited for something that could never come")
        self.baton = Baton(self.fake, self._guard, stuck)
        self.clock = RoundClock(self.fake, self.baton)
        self.tap = Tap(self.fake, self.clock, self.bounds)
        self.tap.has_close = CLOSE_CLIENT in schedule
        self.outcome = _Outcome()
        self._began = self.fake.now()

    def play(self) -> _Stage:
        """Run the scenario to its end."""
        player = self._player
        with ExitStack() as stack:
            stack.enter_context(
                stood_in(self.clock, player._held, self._new_loop, seed=player.seed)  # noqa: SLF001 - its rounds
            )
            stack.enter_context(shared_tls())
            stack.enter_context(mocked(self.fake, self.clock, self.tap))
            stack.enter_context(_key(self.fake.api_key))
            stack.callback(self._finish)
            if player.is_async:
                self._play_async()
            else:
                self._play_sync()
        return self

    def _play_sync(self) -> None:
        try:
            if self._player.takes_client:
                with OctaMem(self.fake.api_key, base_url=BASE_URL, transport=self.tap, clock=self.clock) as client:
                    self.tap.client = client
                    returned = self._player.scenario(client)
            else:
                returned = self._player.scenario()
            self.outcome.returned = returned
        except ScenarioError:
            raise
        except _ENDINGS as error:
            self.outcome.error = error
            returned = None
        self._end()
        if inspect.isawaitable(returned):
            if inspect.iscoroutine(returned):
                returned.close()
            raise _IsAsync

    def _play_async(self) -> None:
        with closing(self._new_loop()) as loop:
            self.loop = loop
            loop.set_exception_handler(_unheard)
            task = self.tap.task = loop.create_task(self._scenario())
            try:
                loop.run_until_complete(task)
            except ScenarioError:
                raise
            except _ENDINGS as error:
                self.outcome.error = error
            finally:
                if self.tap.over_at is None:
                    self._end()
                _let_go(loop)
        if self.bounds.stopped is not None and not isinstance(self.outcome.error, RoundStopped):
            self.outcome.error = RoundStopped(self.bounds.stopped)

    async def _scenario(self) -> None:
        player = self._player
        try:
            if player.takes_client:
                client = AsyncOctaMem(self.fake.api_key, base_url=BASE_URL, transport=self.tap, clock=self.clock)
                self.tap.client = client
                async with client:
                    self.outcome.returned = await player.scenario(client)
            else:
                self.outcome.returned = await player.scenario()
        finally:
            self.outcome.ended = self.fake.now() - self._began
            # Nothing can cancel what runs in a thread, so asyncio.run waits for it too before a program is over.
            await self.loop.helped()
            self.tap.over_at = len(self.tap.arrivals)

    def _end(self) -> None:
        self.outcome.ended = self.fake.now() - self._began
        self.tap.over_at = len(self.tap.arrivals)

    def _finish(self) -> None:
        """Let the threads end that the scenario has left behind."""
        self.baton.finish(LINGER)
        self.bounds.close()
        self.baton.close()

    def _guard(self, seconds: float) -> None:
        self.bounds.hold(self.fake, wait=seconds)

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
