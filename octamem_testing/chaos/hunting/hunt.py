"""One hunt: from the round without faults through the search to the report, with its finding made smaller."""

from __future__ import annotations

from collections import Counter
from typing import Callable, Dict, List, Mapping, Optional, Tuple
from typing import Counter as CounterOf

from octamem_testing.chaos.judge.determinism import (
    hold_alike,
    hold_elsewhen,
    hold_stateless,
    keeps_state,
    rests_on_texts,
)
from octamem_testing.chaos.judge.invariant import Invariant, broken
from octamem_testing.chaos.judge.invariants import INVARIANTS
from octamem_testing.chaos.scenario.errors import describe_error
from octamem_testing.chaos.scenario.trial import ROUNDS, Round
from octamem_testing.chaos.schedule.fault_catalogue import Kinds
from octamem_testing.chaos.schedule.schedule import Schedule
from octamem_testing.chaos.show.report import ChaosFailure, Finding, Report
from octamem_testing.chaos.show.values import NOT_CAUGHT
from octamem_testing.chaos.world.log_capture import CapturedLogs, captured_logs, replay_logs
from octamem_testing.chaos.world.runner import Runner

from .interrupts import noted
from .search import Search
from .shrink import shrunk

__all__ = ["Hunt", "finding_of", "hold_well"]

_NONE: Mapping[str, int] = {}
_CALM = 2  # rounds without faults, that are compared


class Hunt:
    """What a search is made with, and what it has seen so far."""

    def __init__(self, runner: Runner, invariants: Tuple[Invariant, ...], kinds: Kinds, rounds: int) -> None:
        self._runner = runner
        self._promises = invariants
        self._kinds = kinds
        self._rounds = rounds
        self._phases: CounterOf[str] = Counter()
        self._fired: CounterOf[Tuple[str, str]] = Counter()
        self._places: Dict[str, None] = {}
        self._trail: List[Tuple[str, str]] = []
        self._look: Callable[[], None] = lambda: None

    def report(self) -> Report:
        """Search, and make what was found smaller; raises ChaosFailure where there was nothing to search."""
        __tracebackhide__ = True
        with noted() as self._look:
            return self._report()

    def _report(self) -> Report:
        __tracebackhide__ = True
        baseline, finding = self._round("baseline", "")
        if finding is not None:
            return self._told({}, finding)
        hold_well(baseline)
        self._runner.baseline = baseline
        if not baseline.requests:
            raise ChaosFailure(
                "nothing could be fired: the scenario sent no request to OctaMem; "
                f"see that it makes a call, with the client that it is given or with one of httpx: {NOT_CAUGHT}"
            )
        if self._rounds <= _CALM:
            raise ChaosFailure(
                f"nothing could be fired: rounds={self._rounds} are too few, since {_CALM} without faults come first; "
                f"give more, {ROUNDS} unless there is a reason"
            )
        hold_alike(baseline, self._play("baseline", "")[0])
        search = Search(
            self._kinds,
            self._runner.own_steps(),
            baseline,
            rounds=self._rounds - self._runner.rounds,
            seed=self._runner.program.seed,
        )
        finding = self._searched(search)
        if finding is None and not self._fired:
            raise ChaosFailure(
                f"nothing could be fired: none of the faults fits what the scenario calls ({', '.join(self._places)}); "
                "name others in faults=, or leave it out"
            )
        if finding is None:
            hold_stateless(baseline, self._control(""))
        return self._told(search.covered, finding, search.unmet)

    def _searched(self, search: Search) -> Optional[Finding]:
        __tracebackhide__ = True
        steps = search.steps()
        try:
            phase, schedule = next(steps)
            while True:
                over, finding = self._round(phase, schedule)
                if finding is not None:
                    return finding
                phase, schedule = steps.send(over)
        except StopIteration:
            return None
        finally:
            steps.close()

    def _round(self, phase: str, schedule: str) -> Tuple[Round, Optional[Finding]]:
        __tracebackhide__ = True
        over, logs = self._play(phase, schedule)
        seen = broken(self._promises, over)
        self._trail.append((over.schedule, seen[0].name if seen else ""))
        if seen is None:
            return over, None
        invariant, said = seen
        smallest = self._smallest(invariant, over, logs)
        self._hold_repeated(invariant, smallest.schedule)
        if rests_on_texts(invariant, smallest):
            hold_elsewhen(smallest.baseline, self._control("", perturbed=True))
        if smallest is not over:
            again = broken((invariant,), smallest)
            said = again[1] if again is not None else said
        return over, finding_of(
            self._runner,
            invariant,
            said,
            smallest,
            over.schedule,
            searched=self._rounds,
            faults_named=self._kinds.given,
        )

    def _smallest(self, invariant: Invariant, over: Round, logs: CapturedLogs) -> Round:
        def breaks(schedule: str) -> Optional[Round]:
            nonlocal logs
            smaller, its = self._play("shrink", schedule)
            if broken((invariant,), smaller) is None:
                return None
            if (schedule, "") in self._trail:
                raise keeps_state(_changed(invariant, schedule, "kept", "broken"))
            logs = its
            return smaller

        allowed = (*self._kinds.usual, *self._kinds.own) if self._kinds.named else None
        smallest = over if self._runner.baseline is None else shrunk(over, breaks, allowed)
        # Whatever breaks becomes the smallest so far, so the last that did is the one that is shown.
        replay_logs(logs)
        return smallest

    def _hold_repeated(self, invariant: Invariant, smallest: str) -> None:
        """Raise ScenarioError where rounds that were made before do not repeat themselves."""
        if self._runner.baseline is not None:
            hold_stateless(self._runner.baseline, self._control(""))
        first = next((schedule for schedule, broke in self._trail if schedule and not broke), None)
        for schedule, before, after in ((first, "kept", "broken"), (smallest, "broken", "kept")):
            if schedule is None:
                continue
            again = "kept" if broken((invariant,), self._control(schedule)) is None else "broken"
            if again == after:
                raise keeps_state(_changed(invariant, schedule, before, after))

    def _control(self, schedule: str, *, perturbed: bool = False) -> Round:
        """Make a round beside the search, to compare with another: it counts for none."""
        self._look()
        with captured_logs():
            return self._runner.play(schedule, stage="control", counts=False, perturbed=perturbed)

    def _play(self, phase: str, schedule: str) -> Tuple[Round, CapturedLogs]:
        self._look()
        with captured_logs() as logs:
            over = self._runner.play(schedule, stage=phase)
        self._phases[over.stage] += 1
        self._places.update((arrival.name, None) for arrival in over.requests)
        self._fired.update((str(arrival.fault), arrival.name) for arrival in over.hits)
        return over, logs

    def _told(
        self, covered: Mapping[str, Tuple[int, int]], finding: Optional[Finding], unmet: Mapping[str, int] = _NONE
    ) -> Report:
        return Report(
            rounds=self._runner.rounds,
            seed=self._runner.program.seed,
            phases=dict(self._phases),
            covered=dict(covered),
            unmet=dict(unmet),
            fired=dict(self._fired),
            places=tuple(self._places),
            trail=tuple(self._trail),
            invariants=tuple(invariant.name for invariant in self._promises),
            finding=finding,
        )


def finding_of(
    runner: Runner,
    invariant: Invariant,
    seen: str,
    over: Round,
    found: str,
    *,
    searched: Optional[int] = None,
    faults_named: Tuple[str, ...] = (),
) -> Finding:
    """Give the finding of a round that breaks a promise; `found` is the schedule that it was made smaller from.

    `searched` and `faults_named` are the rounds and the faults that a search was given, None and () where it was none.
    """
    return Finding(
        invariant=invariant,
        seen=seen,
        schedule=over.schedule,
        found=found,
        faults=Schedule.of(over.schedule).faults,
        hits=len(over.hits),
        timeline=over.timeline,
        round=over,
        scenario=runner.program.scenario,
        seed=runner.program.seed,
        settings=runner.program.settings,
        memories=runner.program.memories,
        searched=searched,
        faults_named=faults_named,
        by_default=runner.invariants == INVARIANTS,
    )


def _changed(invariant: Invariant, schedule: str, before: str, after: str) -> str:
    under = f"under {schedule!r:.200}" if schedule else "without a fault"
    return f"{under} {invariant.name} was {before} in one round, and {after} in another"


def hold_well(baseline: Round) -> None:
    """Raise where the round without faults ends with an error: whatever a fault then does, it shows nothing."""
    if baseline.error is not None:
        raise ChaosFailure(
            f"the scenario fails without any fault: it ended with {describe_error(baseline.error)}; "
            "mend it, catch what it is to expect, or give the fake what it needs with memories= and settings="
        ) from baseline.error
