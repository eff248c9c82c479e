"""One hunt: the baseline, the search, and the report with the shrunk finding."""

from __future__ import annotations

from collections import Counter
from typing import Callable, Dict, List, Mapping, Optional, Tuple
from typing import Counter as CounterOf

from octamem_testing.chaos.judge.determinism import (
    has_new_texts,
    keeps_state,
    require_deterministic,
    require_stateless,
    require_unperturbed,
)
from octamem_testing.chaos.judge.invariant import Invariant, first_violation
from octamem_testing.chaos.judge.invariants import INVARIANTS
from octamem_testing.chaos.scenario.errors import describe_error
from octamem_testing.chaos.scenario.trial import ROUNDS, Round
from octamem_testing.chaos.schedule.fault_catalogue import FaultCatalogue
from octamem_testing.chaos.schedule.schedule import Schedule
from octamem_testing.chaos.show.report import ChaosFailure, Finding, Report
from octamem_testing.chaos.show.values import NOT_CAUGHT
from octamem_testing.chaos.world.log_capture import CapturedLogs, captured_logs, replay_logs
from octamem_testing.chaos.world.runner import Runner

from .interrupts import recorded_interrupts
from .search import Search
from .shrink import shrunk

__all__ = ["Hunt", "finding_of", "require_success"]

_NONE: Mapping[str, int] = {}
_BASELINE_ROUNDS = 2  # rounds without faults that are compared


class Hunt:
    """The input of one hunt, and what its rounds showed so far."""

    def __init__(self, runner: Runner, catalogue: FaultCatalogue, rounds: int) -> None:
        self._runner = runner
        self._catalogue = catalogue
        self._rounds = rounds
        self._stages: CounterOf[str] = Counter()
        self._fired: CounterOf[Tuple[str, str]] = Counter()
        self._points: Dict[str, None] = {}
        self._outside: CounterOf[str] = Counter()
        self._trail: List[Tuple[str, str]] = []
        self._raise_if_interrupted: Callable[[], None] = lambda: None

    def report(self) -> Report:
        """Search, and shrink the finding; raises ChaosFailure if no fault could be injected."""
        __tracebackhide__ = True
        with recorded_interrupts() as self._raise_if_interrupted:
            return self._report()

    def _report(self) -> Report:
        __tracebackhide__ = True
        baseline, finding = self._round("baseline", "")
        if finding is not None:
            return self._reported({}, finding)
        require_success(baseline)
        self._runner.baseline = baseline
        if not baseline.requests:
            raise ChaosFailure(
                "no fault could be injected: the scenario sent no request to OctaMem; "
                f"call the client that it is given, or one of your own ({NOT_CAUGHT})"
            )
        if self._rounds <= _BASELINE_ROUNDS:
            raise ChaosFailure(
                f"rounds must be at least {_BASELINE_ROUNDS + 1} (two baseline rounds come first), got {self._rounds}; "
                f"the default is {ROUNDS}"
            )
        require_deterministic(baseline, self._play("baseline", "")[0])
        search = Search(
            self._catalogue,
            self._runner.own_steps(),
            baseline,
            rounds=self._rounds - self._runner.rounds,
            seed=self._runner.program.seed,
        )
        finding = self._searched(search)
        if finding is None and not self._fired:
            raise ChaosFailure(
                f"no fault could be injected: the scenario sent {', '.join(self._points)}, "
                "and none of faults= can hit that; name other faults, or leave faults= out"
            )
        if finding is None:
            require_stateless(baseline, self._control(""))
        return self._reported(search.covered, finding, search.unmet)

    def _searched(self, search: Search) -> Optional[Finding]:
        __tracebackhide__ = True
        steps = search.steps()
        try:
            stage, schedule = next(steps)
            while True:
                result, finding = self._round(stage, schedule)
                if finding is not None:
                    return finding
                stage, schedule = steps.send(result)
        except StopIteration:
            return None
        finally:
            steps.close()

    def _round(self, stage: str, schedule: str) -> Tuple[Round, Optional[Finding]]:
        __tracebackhide__ = True
        result, logs = self._play(stage, schedule)
        violation = first_violation(self._runner.invariants, result)
        self._trail.append((result.schedule, violation[0].name if violation else ""))
        if violation is None:
            return result, None
        invariant, evidence = violation
        smallest = self._smallest(invariant, result, logs)
        self._require_repeatable(invariant, smallest.schedule)
        if has_new_texts(invariant, smallest):
            require_unperturbed(smallest.baseline, self._control("", perturbed=True))
        if smallest is not result:
            again = first_violation((invariant,), smallest)
            evidence = again[1] if again is not None else evidence
        return result, finding_of(
            self._runner,
            invariant,
            evidence,
            smallest,
            result.schedule,
            searched=self._rounds,
            faults_named=self._catalogue.given,
        )

    def _smallest(self, invariant: Invariant, result: Round, logs: CapturedLogs) -> Round:
        def violates(schedule: str) -> Optional[Round]:
            nonlocal logs
            smaller, its_logs = self._play("shrink", schedule)
            if first_violation((invariant,), smaller) is None:
                return None
            if (schedule, "") in self._trail:
                raise keeps_state(_changed(invariant, schedule, "held", "was violated"))
            logs = its_logs
            return smaller

        allowed = (*self._catalogue.default, *self._catalogue.own) if self._catalogue.named else None
        smallest = result if self._runner.baseline is None else shrunk(result, violates, allowed)
        # Each round that violates becomes the smallest so far, so the last one is the one that is shown.
        replay_logs(logs)
        return smallest

    def _require_repeatable(self, invariant: Invariant, smallest: str) -> None:
        """Raise ScenarioError if rounds that are made again give another result."""
        if self._runner.baseline is not None:
            require_stateless(self._runner.baseline, self._control(""))
        first = next((schedule for schedule, violated in self._trail if schedule and not violated), None)
        for schedule, before, after in ((first, "held", "was violated"), (smallest, "was violated", "held")):
            if schedule is None:
                continue
            again = "held" if first_violation((invariant,), self._control(schedule)) is None else "was violated"
            if again == after:
                raise keeps_state(_changed(invariant, schedule, before, after))

    def _control(self, schedule: str, *, perturbed: bool = False) -> Round:
        """Make a round that does not count, to compare it with another."""
        self._raise_if_interrupted()
        with captured_logs():
            return self._runner.play(schedule, stage="control", counts=False, perturbed=perturbed)

    def _play(self, stage: str, schedule: str) -> Tuple[Round, CapturedLogs]:
        self._raise_if_interrupted()
        with captured_logs() as logs:
            result = self._runner.play(schedule, stage=stage)
        self._stages[result.stage] += 1
        self._points.update((request.name, None) for request in result.requests)
        self._outside.update(result.outside)
        self._fired.update((str(request.fault), request.name) for request in result.hits)
        return result, logs

    def _reported(
        self, covered: Mapping[str, Tuple[int, int]], finding: Optional[Finding], unmet: Mapping[str, int] = _NONE
    ) -> Report:
        return Report(
            rounds=self._runner.rounds,
            seed=self._runner.program.seed,
            stages=dict(self._stages),
            covered=dict(covered),
            unmet=dict(unmet),
            fired=dict(self._fired),
            injection_points=tuple(self._points),
            trail=tuple(self._trail),
            invariants=tuple(invariant.name for invariant in self._runner.invariants),
            finding=finding,
            outside=dict(self._outside),
        )


def finding_of(
    runner: Runner,
    invariant: Invariant,
    evidence: str,
    result: Round,
    found: str,
    *,
    searched: Optional[int] = None,
    faults_named: Tuple[str, ...] = (),
) -> Finding:
    """Return the finding of a round that violates an invariant; `found` is the schedule before it was shrunk.

    `searched` and `faults_named` are the rounds and faults that a hunt was given; None and () stand for a replay.
    """
    return Finding(
        invariant=invariant,
        evidence=evidence,
        schedule=result.schedule,
        found=found,
        faults=Schedule.of(result.schedule).faults,
        hits=len(result.hits),
        timeline=result.timeline,
        round=result,
        scenario=runner.program.scenario,
        seed=runner.program.seed,
        settings=runner.program.settings,
        memories=runner.program.memories,
        allow_hosts=runner.program.allow_hosts,
        searched=searched,
        faults_named=faults_named,
        by_default=runner.invariants == INVARIANTS,
    )


def _changed(invariant: Invariant, schedule: str, before: str, after: str) -> str:
    under = f"with the schedule {schedule!r:.200}" if schedule else "without a fault"
    return f"{under}, {invariant.name} {before} in one round, but {after} in another"


def require_success(baseline: Round) -> None:
    """Raise ChaosFailure if the round without faults ends with an error, as no fault could show more."""
    if baseline.error is not None:
        raise ChaosFailure(
            f"the scenario fails without faults, with {describe_error(baseline.error)}; "
            "correct it, catch the errors that it expects, or pass what it needs in memories= and settings="
        ) from baseline.error
