"""The rounds of a hunt: each is made, judged and counted; a control round is made to compare it with another."""

from __future__ import annotations

from collections import Counter
from typing import Callable, Dict, FrozenSet, Iterator, List, Tuple
from typing import Counter as CounterOf

from octamem_testing.chaos.judge.invariant import Invariant, Violation
from octamem_testing.chaos.scenario.trial import Round
from octamem_testing.chaos.world.log_capture import CapturedLogs, captured_logs
from octamem_testing.chaos.world.runner import Runner

__all__ = ["Rounds"]


class Rounds:
    """The rounds that a hunt has made so far, and what they showed.

    `trail` has the schedules of the search with the worst invariant that each violated; `fired` counts the attempts
    that met a fault, `stages` the rounds, and `points` has the injection points.
    """

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self.stages: CounterOf[str] = Counter()
        self.fired: CounterOf[Tuple[str, str]] = Counter()
        self.points: Dict[str, None] = {}
        self.outside: CounterOf[str] = Counter()
        self.trail: List[Tuple[str, str]] = []
        self.raise_if_interrupted: Callable[[], None] = lambda: None
        self._violated: Dict[str, FrozenSet[int]] = {}

    @property
    def made(self) -> int:
        """How many rounds were made, without those of shrinking."""
        return sum(self.stages.values()) - self.stages["shrink"]

    def judged(self, stage: str, schedule: str) -> Tuple[Round, CapturedLogs, Tuple[Violation, ...]]:
        """Make a round of the search, and judge it by every invariant."""
        __tracebackhide__ = True
        result, logs = self.play(stage, schedule)
        violated = self.runner.violations(result)
        self.trail.append((result.schedule, violated[0][0].name if violated else ""))
        self._violated[result.schedule] = frozenset(id(invariant) for invariant, _ in violated)
        return result, logs, violated

    def play(self, stage: str, schedule: str) -> Tuple[Round, CapturedLogs]:
        """Make a round that counts; raises KeyboardInterrupt if the hunt was interrupted."""
        self.raise_if_interrupted()
        with captured_logs() as logs:
            result = self.runner.play(schedule, stage=stage)
        self.stages[result.stage] += 1
        self.points.update((request.name, None) for request in result.requests)
        self.outside.update(result.outside)
        self.fired.update((str(request.fault), request.name) for request in result.hits)
        return result, logs

    def control(self, schedule: str, *, perturbed: bool = False) -> Round:
        """Make a round that does not count, to compare it with another."""
        self.raise_if_interrupted()
        with captured_logs():
            return self.runner.play(schedule, stage="control", counts=False, perturbed=perturbed)

    def held(self, invariant: Invariant) -> Iterator[str]:
        """List the schedules of the search, without that of the baseline, under which an invariant held."""
        return (schedule for schedule, violated in self._violated.items() if schedule and id(invariant) not in violated)

    def has_held(self, invariant: Invariant, schedule: str) -> bool:
        """Whether an invariant held in the round of the search that had this schedule."""
        return schedule in self._violated and id(invariant) not in self._violated[schedule]
