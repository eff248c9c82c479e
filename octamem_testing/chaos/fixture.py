"""The object behind the fixture `octamem_chaos`: hunts with the seed, memories and settings of one test."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, Any, Callable, Iterable, List, Mapping, Optional, Tuple

from octamem_testing.context import seed_of
from octamem_testing.marker import MarkerError

from .engine import replay, run
from .parted import PartedTest, kept_schedules_of
from .scenario.scenario import ScenarioError
from .scenario.trial import ROUNDS
from .show.report import ChaosFailure

if TYPE_CHECKING:
    from octamem_testing.marker import Plan

    from .judge.invariant import Invariant
    from .scenario.trial import Round
    from .show.report import Report

__all__ = ["Chaos", "chaos_for", "finding_without_texts", "rendered_failure"]

OURS = str(Path(__file__).parents[1])


@dataclass(frozen=True)
class Chaos:
    """Hunts when it is called, with the test's `seed`, `memories` and `settings` in each round.

    `reports` has the report of each hunt that found nothing. `database` is the directory of kept schedules, None for
    none. `test` says what the parts of a hunt of this test have in common, None outside of one.
    """

    seed: int
    memories: Tuple[Any, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    database: Optional[Path] = field(default=None, repr=False)
    reports: List[Report] = field(default_factory=list, repr=False)
    test: Optional[PartedTest] = field(default=None, repr=False)
    _seeds: List[int] = field(default_factory=list, repr=False)

    @property
    def last_seed(self) -> int:
        """The seed of the last hunt in parts, which all parts have in common; `seed` if there was none."""
        return self._seeds[-1] if self._seeds else self.seed

    def __call__(
        self,
        scenario: Callable[..., Any],
        *,
        rounds: Optional[int] = ROUNDS,
        faults: Optional[Iterable[str]] = None,
        seed: Optional[int] = None,
        invariants: Optional[Iterable[Invariant]] = None,
        allow_hosts: Iterable[str] = (),
        jobs: int = 1,
        seconds: Optional[float] = None,
        part: Optional[str] = None,
        leave_out: bool = False,
    ) -> Report:
        """Hunt as `chaos.run` does; raises ChaosFailure for a violated invariant, or if no fault could be injected.

        `part` is the part of the rounds that this test makes first, of those that `chaos.parts` lists; the tests of all
        parts have each other's rounds.
        """
        __tracebackhide__ = True
        common = None if part is None or self.test is None else self.test.of(part)
        own_seed = self.seed if common is None or common.seed is None else common.seed
        if common is not None:
            self._seeds.append(own_seed)
        report = run(
            scenario,
            rounds=rounds,
            database=self.database if common is None else common.database,
            faults=faults,
            seed=own_seed if seed is None else seed,
            invariants=invariants,
            memories=self.memories,
            seconds=seconds,
            settings=self.settings,
            allow_hosts=allow_hosts,
            jobs=jobs,
            part=part,
            shared=None if common is None else common.directory,
            leave_out=leave_out,
        )
        self.reports.append(report)
        return report

    def replay(
        self,
        scenario: Callable[..., Any],
        schedule: str,
        *,
        invariants: Optional[Iterable[Invariant]] = None,
        seed: Optional[int] = None,
        allow_hosts: Iterable[str] = (),
    ) -> Round:
        """Make the one round of a schedule; raises ChaosFailure if it violates an invariant."""
        __tracebackhide__ = True
        return replay(
            scenario,
            schedule,
            invariants=invariants,
            seed=self.seed if seed is None else seed,
            memories=self.memories,
            settings=self.settings,
            allow_hosts=allow_hosts,
        )


def chaos_for(
    node_id: str,
    plan: Plan,
    *,
    seed: Optional[int] = None,
    kept: Optional[Path] = None,
    directory: Optional[Callable[[], Path]] = None,
) -> Chaos:
    """Return the Chaos of a test; raises MarkerError if its marker names faults.

    The marker's seed comes first, then `seed`, then the seed that follows from the node id. `kept` is where schedules
    of all tests are kept, `directory` returns a directory of this run that all of its processes have in common.
    """
    if plan.faults:
        raise MarkerError(
            f"faults={plan.faults[0]!r} cannot be combined with octamem_chaos, which injects its own faults; "
            "remove it from the marker, or pass the schedule to octamem_chaos.replay()"
        )
    settings = dict(plan.settings)
    named = settings.pop("seed", seed)
    test = PartedTest(node_id, kept, directory, is_seeded=named is not None)
    return Chaos(
        seed_of(node_id) if named is None else named,
        plan.memories,
        settings,
        kept_schedules_of(node_id, kept),
        test=test,
    )


def finding_without_texts(error: BaseException) -> Optional[str]:
    """Return the findings of a chaos failure for a page that shows no text of a memory; None if there are none."""
    if not isinstance(error, ChaosFailure) or not error.findings:
        return None
    from .show.finding_text import without_texts

    return without_texts(error.findings)


def rendered_failure(error: BaseException, root: Path) -> Optional[str]:
    """Return the text of a chaos failure, with the line of the test below it; None for any other error."""
    if not isinstance(error, (ChaosFailure, ScenarioError)):
        return None
    callers = [frame for frame in extract_tb(error.__traceback__) if not frame.filename.startswith(OURS)]
    if not callers:
        return str(error)
    path = Path(callers[-1].filename)
    name = path.relative_to(root) if root in path.parents else path
    return f"{error}\n{name}:{callers[-1].lineno}: {type(error).__name__}"
