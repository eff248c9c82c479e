"""One round of one schedule: it is made after the round without faults, and judged by it."""

from __future__ import annotations

from typing import Literal, Optional, Tuple

from octamem import OctaMemError

from .hunting.findings import finding_of
from .hunting.hunt import require_success
from .judge.invariant import violations
from .scenario.trial import Round
from .schedule.schedule import Schedule
from .schedule.steps import CLOSE_CLIENT, CRASH, INTERLEAVE, OWN, word_of
from .show.finding_text import rendered_all
from .show.report import ChaosFailure, Finding, Report
from .world.log_capture import captured_logs
from .world.processes.forked import fork_refused
from .world.runner import Runner

__all__ = ["Unmet", "cause", "failure", "replayed"]

Unmet = Literal["fail", "allow"]


def replayed(runner: Runner, schedule: str, unmet: Unmet) -> Round:
    """Make the round of a schedule; raises ChaosFailure if it violates an invariant, or meets no fault."""
    parsed = Schedule.of(schedule)
    with captured_logs():
        result = runner.play("", stage="baseline")
    violated = violations(runner.invariants, result)
    if parsed.faults and not violated:
        require_success(result)
        runner.judge_by(result)
        _require_playable(runner, parsed)
        result = runner.play(schedule, stage="replay")
        violated = runner.violations(result)
    if violated:
        findings = tuple(finding_of(runner, violation, result, result.schedule) for violation in violated)
        raise failure(findings) from cause(findings[0])
    if _injects(parsed) and not result.hits and unmet == "fail":
        sent = ", ".join(request.name for request in result.requests) or "no request"
        raise ChaosFailure(
            f"no fault of the schedule {result.schedule!r:.200} was injected: the scenario sent {sent}; "
            "write the schedule for requests that it sends"
        )
    return result


def _injects(schedule: Schedule) -> bool:
    """Whether a schedule has a fault; an order of threads and tasks alone need not change anything."""
    return any(word_of(step) != INTERLEAVE for _, _, _, step in schedule.steps())


def failure(findings: Tuple[Finding, ...], report: Optional[Report] = None) -> ChaosFailure:
    """Return the error that says what was found, and why the hunt ended early if it did."""
    ended = f"\n\nthe hunt ended early: {report.ended}" if report is not None and report.ended else ""
    return ChaosFailure(f"{rendered_all(findings)}{ended}", findings=findings, report=report)


def cause(finding: Finding) -> Optional[BaseException]:
    """Return the error that the scenario ended with, if it is not an OctaMemError."""
    error = finding.round.error
    return None if isinstance(error, OctaMemError) else error


def _require_playable(runner: Runner, schedule: Schedule) -> None:
    """Raise ValueError for a step such as `cancel` that this scenario cannot meet."""
    for _, _, _, step in schedule.steps():
        if word_of(step) in OWN and word_of(step) not in runner.own_steps(named=True):
            raise ValueError(f"schedule: {step!r} {_needs(word_of(step))}; remove it from {str(schedule)!r:.200}")


def _needs(word: str) -> str:
    """Return why a step cannot be met."""
    if word == CRASH:
        return f"cannot be carried out: {fork_refused()}"
    return f"needs {'a scenario that is given its client' if word == CLOSE_CLIENT else 'an async scenario'}"
