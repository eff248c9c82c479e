"""run, hunt and replay: search the fault schedules of a scenario, or make one round of one schedule."""

from __future__ import annotations

from functools import partial
from os import PathLike
from typing import Any, Callable, Iterable, Mapping, Optional, Tuple, Union

from octamem_testing.static import attribute_of
from octamem_testing.virtual_time.event_loop import off_loop

from .arguments import (
    checked_database,
    checked_hosts,
    checked_invariants,
    checked_jobs,
    checked_memories,
    checked_part,
    checked_rounds,
    checked_scenario,
    checked_schedule,
    checked_seconds,
    checked_seed,
    checked_settings,
    checked_unmet,
)
from .hunting.hunt import Hunt
from .hunting.kept import KeptSchedules
from .hunting.time_limit import TimeLimit
from .judge.determinism import UnrepeatableError
from .judge.invariant import Invariant
from .replaying import Unmet, cause, failure, replayed
from .scenario.scenario import target_of
from .scenario.trial import ROUNDS, Round
from .schedule.fault_catalogue import FaultCatalogue, Faults
from .schedule.steps import CRASH, word_of
from .show.report import Report
from .world.processes.forked import fork_refused
from .world.program import Program
from .world.runner import Runner
from .world.shared_rounds import share_of, source_of

__all__ = ["hunt", "replay", "run"]

Scenario = Callable[..., Any]
Invariants = Optional[Iterable[Invariant]]


def run(
    scenario: Scenario,
    *,
    rounds: Optional[int] = ROUNDS,
    database: Optional[Union[str, PathLike[str]]] = None,
    faults: Faults = None,
    seed: Optional[int] = None,
    invariants: Invariants = None,
    memories: Iterable[Any] = (),
    seconds: Optional[float] = None,
    settings: Optional[Mapping[str, Any]] = None,
    allow_hosts: Iterable[str] = (),
    jobs: int = 1,
    part: Optional[str] = None,
    shared: Optional[Union[str, PathLike[str]]] = None,
    leave_out: bool = False,
) -> Report:
    """Hunt as `hunt` does; raises ChaosFailure, an AssertionError with the findings, if an invariant is violated."""
    __tracebackhide__ = True
    report = hunt(
        scenario,
        rounds=rounds,
        database=database,
        faults=faults,
        seed=seed,
        invariants=invariants,
        memories=memories,
        seconds=seconds,
        settings=settings,
        allow_hosts=allow_hosts,
        jobs=jobs,
        part=part,
        shared=shared,
        leave_out=leave_out,
    )
    if report.findings:
        raise failure(report.findings, report) from cause(report.findings[0])
    return report


def hunt(
    scenario: Scenario,
    *,
    rounds: Optional[int] = ROUNDS,
    database: Optional[Union[str, PathLike[str]]] = None,
    faults: Faults = None,
    seed: Optional[int] = None,
    invariants: Invariants = None,
    memories: Iterable[Any] = (),
    seconds: Optional[float] = None,
    settings: Optional[Mapping[str, Any]] = None,
    allow_hosts: Iterable[str] = (),
    jobs: int = 1,
    part: Optional[str] = None,
    shared: Optional[Union[str, PathLike[str]]] = None,
    leave_out: bool = False,
) -> Report:
    """Run a scenario under `rounds` schedules at most, and report each invariant that one of them violates.

    - `scenario` is a function, sync or async, of a client, or of nothing (it builds its own).
    - `faults` are the faults to inject, as in "503, reset @after"; None stands for the default faults.
    - `invariants` are checked in each round; None stands for INVARIANTS.
    - `memories` are what the fake holds before each round, `settings` are its settings.
    - `database` is a directory in which schedules that failed are kept, to be tried first in the next hunt.
    - `allow_hosts` are other hosts that the scenario may call, as in "api.example.com" or "*.internal".
    - `jobs` is how many processes share the rounds; the report is that of one.
    - `part` is the part of the rounds that is made here first, as in "2/4", and `shared` the directory through which
      the parts of one hunt have each other's rounds; each part reports what one process does. `leave_out` leaves out
      rounds of other parts on which no later one depends, if the parts have no directory in common.
    - `seconds` are real seconds after which the search begins no new round, whichever comes first; `rounds` may then be
      None. Shrinking takes its own time.
    - The same `seed` (0 for None) makes the same rounds.

    The report has one finding for each violated invariant, the worst first. Shrinking takes at most 300 rounds more for
    each, and 1200 for all.

    Raises:
    - ChaosFailure if no fault could be injected, or if the scenario fails without one.
    - ScenarioError if the scenario is not the same in each round, takes more than a client, hunts itself, uses trio, or
      calls another host that is not allowed.
    - TypeError or ValueError for another argument that is wrong (ScriptError for a fault, SettingError and SeedError
      as Fake), and RuntimeError for an invariant whose check fails.

    """
    __tracebackhide__ = True
    limit = TimeLimit(checked_seconds(seconds))
    rounds = checked_rounds(rounds, seconds)
    catalogue = FaultCatalogue.of(faults)
    _require_fork(catalogue)
    runner = _runner(scenario, seed, settings, memories, checked_invariants(invariants), allow_hosts)
    jobs = checked_jobs(jobs, fork_refused())
    numbers, directory = checked_part(part, shared, jobs=jobs, seconds=seconds, leave_out=leave_out)
    share = share_of(numbers, directory, _hunt_identity(runner, catalogue, rounds))
    kept = KeptSchedules.of(checked_database(database), *_identity(runner, catalogue))
    try:
        report = off_loop(
            Hunt(runner, catalogue, rounds, limit, kept, jobs, share, numbers if leave_out else None).report
        )
    except UnrepeatableError as error:
        raise error.explained(runner.real_waits.seen) from None
    kept.note(report.trail, (finding.schedule for finding in report.findings))
    return report


def replay(
    scenario: Scenario,
    schedule: str,
    *,
    invariants: Invariants = None,
    seed: Optional[int] = None,
    memories: Iterable[Any] = (),
    settings: Optional[Mapping[str, Any]] = None,
    allow_hosts: Iterable[str] = (),
    unmet: Unmet = "fail",
) -> Round:
    """Make one round under a schedule, and return it if no invariant is violated; a baseline round comes first.

    Raises ChaosFailure if one is violated, or if no fault of the schedule was injected. `unmet="allow"` lets the latter
    pass, as schedules that are drawn need it. All other errors are those of `hunt`.
    """
    __tracebackhide__ = True
    checked_schedule(schedule)
    checked_unmet(unmet)
    runner = _runner(scenario, seed, settings, memories, checked_invariants(invariants), allow_hosts)
    return off_loop(partial(replayed, runner, schedule, unmet))


def _runner(
    scenario: Scenario,
    seed: Optional[int],
    settings: object,
    memories: object,
    invariants: Tuple[Invariant, ...],
    allow_hosts: object,
) -> Runner:
    program = Program(
        checked_scenario(scenario),
        seed=checked_seed(seed),
        settings=checked_settings(settings),
        memories=checked_memories(memories),
        allow_hosts=checked_hosts(allow_hosts),
    )
    return Runner(program, invariants)


def _identity(runner: Runner, catalogue: FaultCatalogue) -> Tuple[object, ...]:
    """Return what tells one hunt from another, in any process: its scenario, faults, settings and invariants."""
    target = target_of(runner.program.scenario)
    settings = sorted((name, str(value)) for name, value in runner.program.settings.items())
    held = [invariant.name for invariant in runner.invariants]
    name = attribute_of(target, "__qualname__") or attribute_of(type(target), "__qualname__")
    return attribute_of(target, "__module__"), name, catalogue.given, settings, held


def _hunt_identity(runner: Runner, catalogue: FaultCatalogue, rounds: Optional[int]) -> Tuple[object, ...]:
    """Return what the parts of one hunt have in common, beside the code that the scenario calls."""
    memories = [each for each in runner.program.memories if isinstance(each, str)]
    seed, hosts = runner.program.seed, runner.program.allow_hosts
    return (*_identity(runner, catalogue), rounds, seed, memories, hosts, source_of(target_of(runner.program.scenario)))


def _require_fork(catalogue: FaultCatalogue) -> None:
    """Raise ValueError if the user names a crash where none can be carried out."""
    reason = fork_refused()
    if reason is not None and catalogue.named and any(word_of(step) == CRASH for step in catalogue.own):
        raise ValueError(f"faults: {CRASH!r} cannot be carried out: {reason}; remove it")
