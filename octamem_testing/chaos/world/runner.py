"""The rounds of one scenario, one after the other: each played on a stage of its own, and what came of it."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from threading import Lock
from typing import Optional, Tuple

from fake_server.core.clock import TICKS
from octamem_testing.chaos.judge.invariant import Invariant
from octamem_testing.chaos.judge.retry_invariants import Bounded
from octamem_testing.chaos.scenario.errors import message_of
from octamem_testing.chaos.scenario.scenario import ScenarioError, claims_of, is_async
from octamem_testing.chaos.scenario.trial import Round
from octamem_testing.chaos.schedule.schedule import Schedule
from octamem_testing.chaos.schedule.steps import CANCEL, CANCEL_WAIT, CLOSE_CLIENT
from octamem_testing.virtual_time.bounds import Bounds
from octamem_testing.virtual_time.patch_points import Held, held_by_modules
from octamem_testing.virtual_time.patched_time import in_a_round

from .execution import IsAsync, Run
from .program import Program

__all__ = ["Runner"]

MOST_REQUESTS = 200
"""Requests of one round beyond ten times those of the round without faults: whoever sends more never ends."""
MOST_CALM_REQUESTS = 10_000
"""Requests of the round without faults, of which nothing else can say how many there should be."""
MOST_SECONDS = 86_400.0
"""Virtual seconds of one round, where no promise bounds them: a day is longer than any program is to try again."""
PATIENCE = 4
"""How many times as long as `Bounded` allows a round goes on before it is stopped: what it breaks is known by then."""

_RUNS_IT = Run.__module__
# What a round replaces is the process's own, so rounds take turns; they are computation and nothing else.
_TURN = Lock()


@dataclass
class Runner:
    """Plays rounds of one program; whether it is async where it does not look like it is found at the first."""

    program: Program
    invariants: Tuple[Invariant, ...] = ()
    baseline: Optional[Round] = None
    rounds: int = 0
    is_async: bool = field(init=False)
    held: Tuple[Held, ...] = ()
    _modules: int = 0

    def __post_init__(self) -> None:
        """Look whether the scenario is async."""
        self.is_async = is_async(self.program.scenario)

    def play(self, schedule: str, *, phase: str, counts: bool = True, perturbed: bool = False) -> Round:
        """Make one round; raises ScriptError for a schedule that cannot be read, and what is not for promises to judge.

        One that does not count leaves no trace in `rounds`. One that is `perturbed` begins at another moment, and with
        another seed of `random`.
        """
        schedule = str(Schedule.of(schedule))
        if in_a_round():
            raise ScenarioError("a scenario cannot hunt or replay: it runs in a round itself; call chaos outside of it")
        with _TURN:
            if self._modules != len(sys.modules):
                self._modules, self.held = len(sys.modules), held_by_modules(self.program.scenario)
            over = self._play(schedule, phase, perturbed=perturbed)
        if counts:
            self.rounds += 1
        return over

    def _play(self, schedule: str, phase: str, *, perturbed: bool) -> Round:
        try:
            over = self._staged(schedule, perturbed=perturbed)
        except IsAsync:
            self.is_async = True
            over = self._staged(schedule, perturbed=perturbed)
        tap, outcome = over.tap, over.outcome
        if tap.failure is not None:
            said = message_of(tap.failure) or type(tap.failure).__name__
            raise ScenarioError(f"the round cannot be judged, since no answer could be made: {said}") from tap.failure
        return Round(
            number=self.rounds + 1,
            phase=phase,
            schedule=schedule,
            seed=self.program.seed,
            requests=tap.settled(),
            claims=claims_of(outcome.returned),
            returned=outcome.returned,
            error=outcome.error,
            seconds=outcome.ended / TICKS,
            interrupted_at=tap.interrupted_at,
            leftover=tap.leftover(),
            stopped=over.stopped(),
            fake=over.fake,
            clock=over.clock,
            reference=self.baseline,
        )

    def _staged(self, schedule: str, *, perturbed: bool) -> Run:
        return Run(self.program, schedule, self.bounds(), self.held, is_async=self.is_async, perturbed=perturbed).play()

    def bounds(self) -> Bounds:
        """Say how far a round may go."""
        baseline = self.baseline
        if baseline is None:
            return Bounds(MOST_CALM_REQUESTS, MOST_SECONDS, runner=_RUNS_IT)
        allowed = [invariant.longest(baseline) for invariant in self.invariants if isinstance(invariant, Bounded)]
        longest = PATIENCE * max(*allowed, Bounded().longest(baseline)) if allowed else MOST_SECONDS
        return Bounds(MOST_REQUESTS + 10 * len(baseline.requests), baseline.seconds + longest, runner=_RUNS_IT)

    def own_steps(self) -> Tuple[str, ...]:
        """List the steps beyond a fault script's that this scenario can meet."""
        return (
            *((CANCEL, CANCEL_WAIT) if self.is_async else ()),
            *((CLOSE_CLIENT,) if self.program.takes_client else ()),
        )
