"""One hunt: the baseline, the search, and the report with a shrunk finding for each violated invariant."""

from __future__ import annotations

from math import inf
from typing import Mapping, Optional, Tuple

from octamem_testing.chaos.judge.determinism import UnrepeatableError, require_deterministic, require_stateless
from octamem_testing.chaos.scenario.errors import describe_error
from octamem_testing.chaos.scenario.scenario import ScenarioError
from octamem_testing.chaos.scenario.trial import ROUNDS, Round
from octamem_testing.chaos.schedule.fault_catalogue import FaultCatalogue
from octamem_testing.chaos.show.report import ChaosFailure, Report
from octamem_testing.chaos.show.values import NOT_CAUGHT
from octamem_testing.chaos.world.runner import Runner
from octamem_testing.chaos.world.shared_rounds import Share

from .findings import Findings
from .interrupts import recorded_interrupts
from .kept import KeptSchedules
from .progress import Progress
from .rounds import Rounds
from .search import Search
from .time_limit import TimeLimit

__all__ = ["Hunt", "require_success"]

_NONE: Mapping[str, int] = {}
_BASELINE_ROUNDS = 2  # rounds without faults that are compared
MOST_STOPPED = 10
"""Rounds that were stopped by force, after which a hunt that has found something ends: each takes up to seconds."""


class Hunt:
    """The input of one hunt, and what its rounds showed so far."""

    def __init__(
        self,
        runner: Runner,
        catalogue: FaultCatalogue,
        rounds: Optional[int],
        limit: TimeLimit,
        kept: KeptSchedules,
        jobs: int = 1,
        share: Optional[Share] = None,
        only: Optional[Tuple[int, int]] = None,
    ) -> None:
        searched = ROUNDS if rounds is None else rounds
        self._runner = runner
        self._catalogue = catalogue
        self._limit = limit
        self._kept = kept
        self._searched: float = inf if rounds is None else rounds
        self._jobs = jobs
        self._share = share
        self._only = only
        self._progress = Progress(rounds)
        self._rounds = Rounds(runner)
        self._findings = Findings(self._rounds, catalogue, searched)
        self._ended = ""

    def report(self) -> Report:
        """Search, and shrink the findings; raises ChaosFailure if no fault could be injected."""
        __tracebackhide__ = True
        with recorded_interrupts() as self._rounds.raise_if_interrupted:
            report = self._report()
        self._findings.replay_logs()
        return report

    def _report(self) -> Report:
        __tracebackhide__ = True
        baseline, logs, violated = self._rounds.judged("baseline", "")
        self._findings.note(baseline, logs, violated)
        if self._findings and not self._can_go_on(baseline):
            return self._reported({})
        require_success(baseline)
        self._runner.judge_by(baseline)
        if not baseline.requests:
            raise ChaosFailure(
                "no fault could be injected: the scenario sent no request to OctaMem; "
                f"call the client that it is given, or one of your own ({NOT_CAUGHT})"
            )
        if self._searched <= _BASELINE_ROUNDS:
            raise ChaosFailure(
                f"rounds must be at least {_BASELINE_ROUNDS + 1} (two baseline rounds come first), "
                f"got {self._searched}; the default is {ROUNDS}"
            )
        require_deterministic(baseline, self._rounds.play("baseline", "")[0])
        search = Search(
            self._catalogue,
            self._runner.own_steps(named=self._catalogue.named),
            baseline,
            rounds=self._searched - self._runner.rounds,
            seed=self._runner.program.seed,
            limit=self._limit,
            kept=self._kept_by_all(),
            only=self._only,
        )
        with self._runner.spread(self._jobs, self._share) as search.offer:
            self._search_through(search)
        if search.is_out_of_time and not self._ended:
            self._ended = f"seconds={self._limit.seconds:g} were over"
        if not self._findings and not self._rounds.fired:
            raise ChaosFailure(
                f"no fault could be injected: the scenario sent {', '.join(self._rounds.points)}, "
                "and none of faults= can hit that; name other faults, or leave faults= out"
            )
        if not self._findings:
            require_stateless(baseline, self._rounds.control(""))
        return self._reported(search.covered, search.unmet, left_out=search.left_out)

    def _kept_by_all(self) -> Tuple[str, ...]:
        """Return the kept schedules: those of the first part, since a part that has ended may keep others."""
        kept = self._kept.load(self._runner.own_steps(named=True))
        return kept if self._share is None else tuple(self._share.agreed("kept", "\n".join(kept)).splitlines())

    def _can_go_on(self, baseline: Round) -> bool:
        """Whether rounds with faults can show more than a baseline that already violates an invariant."""
        ended = baseline.error is None and baseline.stopped is None
        return ended and bool(baseline.requests) and self._searched > _BASELINE_ROUNDS

    def _search_through(self, search: Search) -> None:
        """Make the rounds of the search; a ScenarioError after a finding ends it, and else is raised."""
        __tracebackhide__ = True
        steps = search.steps()
        stopped = 0
        try:
            stage, schedule = next(steps)
            while True:
                result, logs, violated = self._rounds.judged(stage, schedule)
                self._findings.note(result, logs, violated)
                self._progress.tell(self._rounds.made, len(self._findings))
                stopped += result.stopped is not None
                if self._findings and stopped >= MOST_STOPPED:
                    self._ended = f"{MOST_STOPPED} rounds had to be stopped by force"
                    return
                stage, schedule = steps.send(result)
        except StopIteration:
            return
        except ScenarioError as error:
            if not self._findings:
                raise
            real_waits = self._runner.real_waits.seen
            self._ended = str(error.explained(real_waits) if isinstance(error, UnrepeatableError) else error)
        finally:
            self._progress.end()
            steps.close()

    def _reported(
        self, covered: Mapping[str, Tuple[int, int]], unmet: Mapping[str, int] = _NONE, *, left_out: int = 0
    ) -> Report:
        return Report(
            rounds=self._runner.rounds,
            seed=self._runner.program.seed,
            stages=dict(self._rounds.stages),
            covered=dict(covered),
            unmet=dict(unmet),
            not_tried=self._runner.not_tried(),
            fired=dict(self._rounds.fired),
            injection_points=tuple(self._rounds.points),
            trail=tuple(self._rounds.trail),
            invariants=tuple(invariant.name for invariant in self._runner.invariants),
            outside=dict(self._rounds.outside),
            findings=self._findings.worst_first(),
            ended=self._ended,
            left_out=left_out,
        )


def require_success(baseline: Round) -> None:
    """Raise ChaosFailure if the round without faults ends with an error, as no fault could show more."""
    if baseline.error is not None:
        raise ChaosFailure(
            f"the scenario fails without faults, with {describe_error(baseline.error)}; "
            "correct it, catch the errors that it expects, or pass what it needs in memories= and settings="
        ) from baseline.error
