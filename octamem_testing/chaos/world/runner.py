"""The runner: it makes the rounds of one program, one after the other, each on a fake of its own."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import ContextManager, Dict, Optional, Tuple

from fake_server.core.faults.lies import chance
from octamem_testing.chaos.judge.determinism import difference_between, lacks_texts
from octamem_testing.chaos.judge.excuses import without_heartbeats, without_next_items
from octamem_testing.chaos.judge.invariant import Invariant, Violation, judging_new_texts, violations
from octamem_testing.chaos.scenario.reruns import Change, Reruns
from octamem_testing.chaos.scenario.scenario import ScenarioError, is_async
from octamem_testing.chaos.scenario.trial import Round
from octamem_testing.chaos.schedule.schedule import Schedule
from octamem_testing.chaos.schedule.steps import CANCEL, CANCEL_WAIT, CLOSE_CLIENT, CRASH, INTERLEAVE, has_crash
from octamem_testing.virtual_time.bounds import COMPUTED, Bounds
from octamem_testing.virtual_time.clock import VirtualClock
from octamem_testing.virtual_time.patch_points import PatchPoint, patch_points
from octamem_testing.virtual_time.patched_time import in_round
from octamem_testing.virtual_time.threads.order import SERIAL
from octamem_testing.virtual_time.threads.turns import cpu_time

from .execution import IsAsync, Run
from .hosts import require_allowed
from .lives import played_in_lives
from .log_capture import captured_logs
from .outcome import Life, Outcome
from .processes.forked import fork_refused
from .program import Program
from .real_waits import RealWaits
from .round_bounds import bounds_of_baseline, bounds_of_round, most_computing
from .rounds_ahead import TURN, Offer, RoundsAhead
from .shared_rounds import Share
from .workdir import Workdir, directory_of_round

__all__ = ["Runner"]

_SEEDS = 1 << 32
"""Seeds of `random` that a round may have."""


@dataclass
class Runner:
    """Makes rounds of one program; the first shows whether it is async, if it does not look like it."""

    program: Program
    invariants: Tuple[Invariant, ...] = ()
    baseline: Optional[Round] = None
    rounds: int = 0
    real_waits: RealWaits = field(default_factory=RealWaits)
    asks_workdir: bool = False
    varies_random: bool = True
    is_async: bool = field(init=False)
    _points: Tuple[PatchPoint, ...] = ()
    _modules: int = 0
    _reruns: Reruns[Round] = field(init=False)
    _ahead: RoundsAhead = field(init=False)
    _computed: float = 0.0  # seconds of CPU time that the longest round took before there was a baseline
    _starved: float = 0.0  # seconds of CPU time that its threads took from each other, beside that
    _computes: bool = False  # whether a round was stopped because the program computed for ever

    def __post_init__(self) -> None:
        """Ask whether the scenario is known to be async."""
        self.is_async = is_async(self.program.scenario)
        self._reruns = Reruns(self._play_again)
        self._ahead = RoundsAhead(self._play_ahead)

    def judge_by(self, baseline: Round) -> None:
        """Judge other rounds by this one, and give them the same seed of `random` if what it does depends on that."""
        self.baseline = baseline
        if baseline.used_random:
            with captured_logs():
                other = self.play("", stage="control", counts=False, reseeded=True)
            self.varies_random = difference_between(baseline, other) is None

    def violations(self, result: Round, invariants: Optional[Tuple[Invariant, ...]] = None) -> Tuple[Violation, ...]:
        """Return each invariant that a round violates, with its evidence, in the order of the invariants.

        Another order of threads may make other texts in a correct program too, such as numbers that count calls. Then
        texts that the baseline lacks are no evidence.
        """
        __tracebackhide__ = True
        judged = self.invariants if invariants is None else invariants
        found = violations(judged, result)
        found = without_next_items(without_heartbeats(found, result), result)
        if not found or not result.interleaved or not lacks_texts(result.baseline, result):
            return found
        fair = judging_new_texts(judged)
        kept = tuple(each for each in found if each[0] in fair)
        return kept if len(kept) < len(found) and self._order_makes_texts else found

    def evidence_against(self, invariant: Invariant, result: Round) -> Optional[str]:
        """Return the evidence that a round violates an invariant, None if it holds."""
        __tracebackhide__ = True
        return next((evidence for _, evidence in self.violations(result, (invariant,))), None)

    @cached_property
    def _order_makes_texts(self) -> bool:
        """Whether threads and tasks that go on until they wait store other texts in another order."""
        baseline = self.baseline
        if baseline is None:
            return False
        with captured_logs():
            rounds = (self.play(f"*: {INTERLEAVE}({order})", stage="control", counts=False) for order in SERIAL)
            return any(lacks_texts(baseline, each) for each in rounds)

    def play(
        self,
        schedule: str,
        *,
        stage: str,
        counts: bool = True,
        perturbed: bool = False,
        reseeded: bool = False,
        change: Optional[Change] = None,
    ) -> Round:
        """Make one round; raises ScriptError for a schedule that cannot be read, and errors that end the test itself.

        A round that does not count is not in `rounds`. A round that is `reseeded` has another seed of `random`, and a
        perturbed one begins at another moment as well. `change` is that of a
        rerun.
        """
        schedule = str(_parsed(schedule))
        if in_round():
            raise ScenarioError("chaos cannot be called inside a scenario; call it outside")
        is_shared = bool(schedule) and counts and not perturbed and change is None
        ahead = self._played_ahead(schedule, stage) if is_shared else None
        if ahead is not None:
            self.rounds += 1
            return ahead
        with TURN:
            self._look_for_points()
            began = cpu_time()
            with directory_of_round() as workdir:
                outcome = self._run(schedule, workdir, change or Change(), perturbed=perturbed, reseeded=reseeded)
            self.asks_workdir = self.asks_workdir or workdir.asked
            if self.baseline is None:
                self._computed = max(self._computed, cpu_time() - began - outcome.starved)
                self._starved = max(self._starved, outcome.starved)
        if is_shared:
            self._ahead.note(schedule, outcome)
        result = self._round_of(outcome, schedule, stage, None if change else self._reruns)
        if counts:
            self.rounds += 1
        return result

    def _random_seed(self, schedule: str, *, reseeded: bool) -> int:
        """Return the seed of `random`: each schedule has its own, whichever round it is made in."""
        if schedule and self.varies_random and not reseeded:
            return int(chance(self.program.seed, "random", schedule) * _SEEDS)
        return self.program.seed + reseeded

    def spread(self, jobs: int, share: Optional[Share] = None) -> ContextManager[Offer]:
        """Spread rounds over so many processes, or over the parts of a hunt, and give what is told which come next.

        This process is one of them.
        """
        return self._ahead.spread(jobs, share)

    def _play_ahead(self, schedule: str, workdir: Workdir) -> Outcome:
        self._look_for_points()
        return self._run(schedule, workdir, Change())

    def _played_ahead(self, schedule: str, stage: str) -> Optional[Round]:
        """Return the round that a worker or another part has played; None if there is none, or if it violates one.

        A violation is played again in this process: a finding has the program's own objects, and its log records.
        """
        outcome = self._ahead.take(schedule)
        if outcome is None:
            return None
        result = self._round_of(outcome, schedule, stage, self._reruns)
        return None if violations(self.invariants, result) else result

    def _look_for_points(self) -> None:
        if self._modules != len(sys.modules):
            self._modules, self._points = len(sys.modules), patch_points(self.program.scenario)

    def _play_again(self, schedule: str, change: Change) -> Round:
        with captured_logs():
            return self.play(schedule, stage="control", counts=False, change=change)

    def _run(
        self, schedule: str, workdir: Workdir, change: Change, *, perturbed: bool = False, reseeded: bool = False
    ) -> Outcome:
        seed = self._random_seed(schedule, reseeded=reseeded or perturbed)

        def make(before: Optional[Life] = None) -> Run:
            return Run(
                self.program,
                schedule,
                self._bounds(_parsed(schedule).asked),
                self._points,
                is_async=self.is_async,
                random_seed=seed,
                perturbed=perturbed,
                change=change,
                real_waits=self.real_waits,
                before=before,
            )

        def once() -> Outcome:
            if has_crash(schedule):
                workdir.make()  # before the first life, so that all have the same
                return played_in_lives(make)
            return make().execute().outcome()

        try:
            return once()
        except IsAsync:
            self.is_async = True
            return once()

    def _round_of(self, outcome: Outcome, schedule: str, stage: str, reruns: Optional[Reruns[Round]]) -> Round:
        """Return a round as its judges see it; raises ScenarioError if nobody can judge it."""
        self._computes = self._computes or (outcome.stopped or "").startswith(COMPUTED)
        calls, refused = outcome.outside
        require_allowed(refused, schedule)
        return Round(
            number=self.rounds + 1,
            stage=stage,
            schedule=schedule,
            seed=self.program.seed,
            requests=outcome.requests,
            claims=outcome.claims,
            returned=outcome.returned,
            error=outcome.error,
            seconds=outcome.seconds,
            interrupted_at=outcome.interrupted_at,
            leftover=outcome.leftover,
            stopped=outcome.stopped,
            fake=outcome.fake,
            clock=VirtualClock(outcome.fake),
            reference=self.baseline,
            lives=outcome.life,
            outside=dict(calls),
            reruns=reruns,
            used_random=outcome.used_random,
            concurrent=outcome.concurrent,
            interleaved=outcome.interleaved,
            choices=outcome.choices,
            in_series=outcome.in_series,
            trace=outcome.trace,
        )

    def _bounds(self, asked: float) -> Bounds:
        if self.baseline is None:
            return bounds_of_baseline()
        computing = most_computing(self._computed, self._starved, again=self._computes)
        return bounds_of_round(self.baseline, self.invariants, asked=asked, computing=computing)

    def not_tried(self) -> Dict[str, str]:
        """Return the steps that this scenario could meet elsewhere, each with why it cannot here."""
        reason = fork_refused()
        return {CRASH: reason} if self.asks_workdir and reason is not None else {}

    def own_steps(self, *, named: bool = False) -> Tuple[str, ...]:
        """List the steps beyond a fault script's that this scenario can meet.

        A crash is one of them if the scenario has asked for its directory, or if the user has `named` the faults.
        """
        return (
            *((CANCEL, CANCEL_WAIT) if self.is_async else ()),
            *((CLOSE_CLIENT,) if self.program.takes_client else ()),
            *((CRASH,) if (named or self.asks_workdir) and fork_refused() is None else ()),
            INTERLEAVE,
        )


@lru_cache(maxsize=4)
def _parsed(schedule: str) -> Schedule:
    """Read a schedule once for each round."""
    return Schedule.of(schedule)
