"""run, hunt and replay: a scenario and its promises in, the report of a search or one round out."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Iterable, Literal, Mapping, Optional, Tuple

from octamem import OctaMemError
from octamem_testing.virtual_time.event_loop import off_loop

from .arguments import (
    checked_invariants,
    checked_memories,
    checked_rounds,
    checked_scenario,
    checked_schedule,
    checked_seed,
    checked_settings,
)
from .hunting.hunt import Hunt, finding_of, hold_well
from .judge.invariant import Invariant, broken
from .scenario.trial import ROUNDS, Round
from .schedule.fault_catalogue import Faults, Kinds
from .schedule.schedule import Schedule
from .schedule.steps import CLOSE_CLIENT, OWN, word_of
from .show.report import ChaosFailure, Finding, Report
from .world.log_capture import captured_logs
from .world.program import Program
from .world.runner import Runner

__all__ = ["hunt", "replay", "run"]

Scenario = Callable[..., Any]
Unmet = Literal["fail", "allow"]
Invariants = Optional[Iterable[Invariant]]


def run(
    scenario: Scenario,
    *,
    rounds: int = ROUNDS,
    faults: Faults = None,
    seed: Optional[int] = None,
    invariants: Invariants = None,
    memories: Iterable[Any] = (),
    settings: Optional[Mapping[str, Any]] = None,
) -> Report:
    """Hunt as `hunt` does; raises ChaosFailure, an AssertionError that carries the finding, where a promise breaks."""
    __tracebackhide__ = True
    report = hunt(
        scenario,
        rounds=rounds,
        faults=faults,
        seed=seed,
        invariants=invariants,
        memories=memories,
        settings=settings,
    )
    if report.finding is not None:
        raise _failure(report.finding, report) from _cause(report.finding)
    return report


def hunt(
    scenario: Scenario,
    *,
    rounds: int = ROUNDS,
    faults: Faults = None,
    seed: Optional[int] = None,
    invariants: Invariants = None,
    memories: Iterable[Any] = (),
    settings: Optional[Mapping[str, Any]] = None,
) -> Report:
    """Run a scenario under one schedule after the other, up to `rounds` of them, until a promise breaks.

    `scenario` is a function, sync or async, of a client, or of nothing (it builds its own). `faults` are the steps of a
    fault script to fire ("503, reset @after"), the usual ones where there are none; `invariants` the promises to hold
    it to, PROMISES unless given; `memories` what the fake holds before each round, `settings` its settings. The same
    `seed` (0 unless given) makes the same rounds. Making a finding smaller takes up to 300 rounds more.

    Raises ChaosFailure where no fault could be fired or the scenario fails without one; ScenarioError for a
    scenario that is not the same each time (two rounds without faults differ, what breaks rests on the moment or on
    chance, or it keeps state from round to round), takes more than a client, hunts itself or runs on trio;
    TypeError and ValueError for what else is given amiss (ScriptError for a fault that cannot be read, SettingError
    and SeedError as Fake), and RuntimeError for a promise whose check fails.
    """
    __tracebackhide__ = True
    wanted = checked_rounds(rounds)
    invariants, kinds = checked_invariants(invariants), Kinds.of(faults)
    runner = _runner(scenario, seed, settings, memories, invariants)
    return off_loop(Hunt(runner, invariants, kinds, wanted).report)


def replay(
    scenario: Scenario,
    schedule: str,
    *,
    invariants: Invariants = None,
    seed: Optional[int] = None,
    memories: Iterable[Any] = (),
    settings: Optional[Mapping[str, Any]] = None,
    unmet: Unmet = "fail",
) -> Round:
    """Make one round under a schedule, after one without faults to judge it by, and give it where no promise breaks.

    Raises ChaosFailure where one does, or where no fault of the schedule was met, unless `unmet` is "allow" (for
    schedules that are drawn); else as `hunt`.
    """
    __tracebackhide__ = True
    if unmet not in ("fail", "allow"):
        raise ValueError(f"unmet is {unmet!r}: 'fail' or 'allow'")
    invariants, text = checked_invariants(invariants), checked_schedule(schedule)
    runner = _runner(scenario, seed, settings, memories, invariants)
    return off_loop(partial(_replayed, runner, invariants, text, unmet))


def _runner(
    scenario: Scenario, seed: Optional[int], settings: object, memories: object, invariants: Tuple[Invariant, ...]
) -> Runner:
    program = Program(
        checked_scenario(scenario),
        seed=checked_seed(seed),
        settings=checked_settings(settings),
        memories=checked_memories(memories),
    )
    return Runner(program, invariants)


def _replayed(runner: Runner, invariants: Tuple[Invariant, ...], schedule: str, unmet: Unmet) -> Round:
    wanted = Schedule.of(schedule)
    with captured_logs():
        baseline = over = runner.play("", stage="baseline")
    seen = broken(invariants, baseline)
    if wanted.faults and seen is None:
        hold_well(baseline)
        runner.baseline = baseline
        _hold_playable(runner, wanted)
        over = runner.play(schedule, stage="replay")
        seen = broken(invariants, over)
    if seen is not None:
        finding = finding_of(runner, *seen, over, over.schedule)
        raise _failure(finding) from _cause(finding)
    if wanted.faults and not over.hits and unmet == "fail":
        met = ", ".join(arrival.name for arrival in over.requests) or "none"
        raise ChaosFailure(
            f"no fault of the schedule {over.schedule!r:.200} was met: the requests of the round were {met}; "
            "write the schedule for places that the scenario reaches"
        )
    return over


def _failure(finding: Finding, report: Optional[Report] = None) -> ChaosFailure:
    return ChaosFailure(str(finding), finding=finding, report=report)


def _cause(finding: Finding) -> Optional[BaseException]:
    """Give the error that a scenario ended with, where it is not one that it may end with."""
    error = finding.round.error
    return None if isinstance(error, OctaMemError) else error


def _hold_playable(runner: Runner, schedule: Schedule) -> None:
    """Raise ValueError for a step of our own that this scenario cannot meet."""
    for _, _, _, step in schedule.steps():
        if word_of(step) in OWN and word_of(step) not in runner.own_steps():
            need = "a scenario that is given its client" if word_of(step) == CLOSE_CLIENT else "an async scenario"
            raise ValueError(f"{step!r} needs {need}: leave it out of the schedule {str(schedule)!r:.200}")
