"""The findings of a hunt: one for each violated invariant, with the smallest schedule, and made again to be sure."""

from __future__ import annotations

from typing import Dict, Optional, Tuple

from octamem_testing.chaos.judge.determinism import (
    has_new_texts,
    keeps_state,
    require_stateless,
    require_unperturbed,
)
from octamem_testing.chaos.judge.invariant import Invariant, Violation
from octamem_testing.chaos.judge.invariants import INVARIANTS
from octamem_testing.chaos.scenario.trial import Round
from octamem_testing.chaos.schedule.fault_catalogue import FaultCatalogue
from octamem_testing.chaos.schedule.schedule import Schedule
from octamem_testing.chaos.show.report import Finding
from octamem_testing.chaos.world.log_capture import CapturedLogs, replay_logs
from octamem_testing.chaos.world.runner import Runner

from .rounds import Rounds
from .shrink import MOST, shrunk, size

__all__ = ["Findings", "finding_of"]

MOST_IN_ALL = 4 * MOST
"""The most rounds that are spent on making the schedules of all findings smaller."""


class Findings:
    """The findings so far. A later round that violates the same invariant counts only if its schedule is smaller."""

    def __init__(self, rounds: Rounds, catalogue: FaultCatalogue, searched: int) -> None:
        self._rounds = rounds
        self._catalogue = catalogue
        self._searched = searched
        self._found: Dict[int, Tuple[Finding, CapturedLogs]] = {}
        self._left = MOST_IN_ALL
        self._plainest = (*catalogue.default, *catalogue.own) if catalogue.named else None

    def note(self, result: Round, logs: CapturedLogs, violated: Tuple[Violation, ...]) -> None:
        """Add what a round violates; raises ScenarioError if the round cannot be repeated."""
        __tracebackhide__ = True
        for invariant, evidence in violated:
            known = self._found.get(id(invariant))
            if known is None:
                self._found[id(invariant)] = self._smallest(invariant, evidence, result, logs, self._rounds.made)
            elif self._left and self._size(result.schedule) < self._size(known[0].schedule):
                self._found[id(invariant)] = self._smallest(invariant, evidence, result, logs, known[0].rounds)

    def worst_first(self) -> Tuple[Finding, ...]:
        """Return the findings in the order of the invariants, which is that of their severity."""
        found = (self._found.get(id(invariant)) for invariant in self._rounds.runner.invariants)
        return tuple(each[0] for each in found if each is not None)

    def replay_logs(self) -> None:
        """Give the log records of the worst finding's round to the handlers of the root logger."""
        worst = self.worst_first()[:1]
        for finding, logs in self._found.values():
            if worst and finding is worst[0]:
                replay_logs(logs)

    def __len__(self) -> int:
        """How many invariants were found violated."""
        return len(self._found)

    def _size(self, schedule: str) -> Tuple[int, ...]:
        return size(Schedule.of(schedule), self._plainest)

    def _smallest(
        self, invariant: Invariant, evidence: str, result: Round, logs: CapturedLogs, rounds: int
    ) -> Tuple[Finding, CapturedLogs]:
        """Make the schedule smaller, and return the finding with the logs of its round."""
        __tracebackhide__ = True
        spent = 0

        def violates(schedule: str) -> Optional[Round]:
            nonlocal evidence, logs, spent
            spent += 1
            smaller, its_logs = self._rounds.play("shrink", schedule)
            violated = self._rounds.runner.evidence_against(invariant, smaller)
            if violated is None:
                return None
            if self._rounds.has_held(invariant, schedule):
                raise keeps_state(_changed(invariant, schedule, "held", "was violated"))
            # Each round that violates becomes the smallest so far, so the last one is the one that is shown.
            evidence, logs = violated, its_logs
            return smaller

        can_shrink = self._rounds.runner.baseline is not None and self._left > 0
        smallest = shrunk(result, violates, self._plainest, most=min(MOST, self._left)) if can_shrink else result
        self._left -= spent
        self._require_repeatable(invariant, smallest.schedule)
        if has_new_texts(invariant, smallest):
            require_unperturbed(smallest.baseline, self._rounds.control("", perturbed=True))
        found = finding_of(
            self._rounds.runner,
            (invariant, evidence),
            smallest,
            result.schedule,
            searched=self._searched,
            faults_named=self._catalogue.given,
            rounds=rounds,
            shrinking=spent if can_shrink or not result.schedule else None,
        )
        return found, logs

    def _require_repeatable(self, invariant: Invariant, smallest: str) -> None:
        """Raise ScenarioError if rounds that are made again give another result."""
        rounds = self._rounds
        if rounds.runner.baseline is not None:
            require_stateless(rounds.runner.baseline, rounds.control(""))
        first = next(rounds.held(invariant), None)
        for schedule, before, after in ((first, "held", "was violated"), (smallest, "was violated", "held")):
            if schedule is None:
                continue
            evidence = rounds.runner.evidence_against(invariant, rounds.control(schedule))
            if (evidence is None) == (after == "held"):
                raise keeps_state(_changed(invariant, schedule, before, after))


def finding_of(
    runner: Runner,
    violation: Violation,
    result: Round,
    found: str,
    *,
    searched: Optional[int] = None,
    faults_named: Tuple[str, ...] = (),
    rounds: int = 0,
    shrinking: Optional[int] = None,
) -> Finding:
    """Return the finding of a round that violates an invariant; `found` is the schedule before it was shrunk.

    `searched`, `faults_named`, `rounds` and `shrinking` are those of a hunt; a replay leaves them out.
    """
    others = tuple(each for each in INVARIANTS if each != violation[0])
    return Finding(
        invariant=violation[0],
        evidence=violation[1],
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
        alone=not any(runner.violations(each, others) for each in (result, result.baseline)),
        rounds=rounds,
        shrinking=shrinking,
    )


def _changed(invariant: Invariant, schedule: str, before: str, after: str) -> str:
    under = f"with the schedule {schedule!r:.200}" if schedule else "without a fault"
    return f"{under}, {invariant.name} {before} in one round, but {after} in another"
