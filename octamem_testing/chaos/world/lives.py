"""The lives of a round: each is a child process, which ends as `kill -9` ends it if the schedule says so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from traceback import format_exception
from typing import Callable, Optional, Union

from fake_server.core.clock import TICKS
from octamem_testing.chaos.scenario.scenario import ScenarioError
from octamem_testing.chaos.scenario.trial import Claims

from .execution import Run
from .log_capture import PortableLogs, logs_since, mark_logs, take_logs
from .outcome import Life, Outcome
from .processes.forked import ChildEnded, ChildHung, Send, flush, in_child
from .processes.parcel import PortableError, pack, portable_error, portable_value, unpack

__all__ = ["MOST_LIVES", "played_in_lives"]

MOST_LIVES = 10
"""Processes of a round: the last is not crashed, so that a round with a crash at every request ends."""
RESTART = 1.0
"""Virtual seconds from a crash to the next life."""
MOST_REAL_SECONDS = 20.0
"""Real seconds that a life may take, which never waits in real time: one that takes longer is killed."""

MakeRun = Callable[[Optional[Life]], Run]
"""Makes the run of the life after one that crashed, None for the first."""


@dataclass(frozen=True)
class _Left:
    """What a life hands to its parent: how it ended or crashed, or what it raised, and its log records."""

    result: Union[Outcome, Life, PortableError]
    error: Optional[PortableError]
    logs: PortableLogs
    traceback: str = ""


def played_in_lives(make: MakeRun) -> Outcome:
    """Run a program again and again, each time in a child, until it is not crashed, and return the outcome.

    Raises what a life raises that is not for the invariants to judge, and ScenarioError if a life ends by itself.
    """
    crashed: Optional[Life] = None
    while True:
        number = 1 if crashed is None else crashed.number + 1
        try:
            left: _Left = unpack(in_child(partial(_live, make, crashed, number), seconds=MOST_REAL_SECONDS))
        except ChildEnded as ended:
            raise ScenarioError(
                f"scenario: expected that life {number} of the round ends by a return or an error, got {ended}; "
                "do not end the process in the scenario"
            ) from None
        except ChildHung:
            return _hung(make(crashed), crashed)
        take_logs(left.logs)
        if isinstance(left.result, PortableError):
            raise _raised(left.result, left.traceback)
        if isinstance(left.result, Outcome):
            return replace(left.result, error=None if left.error is None else left.error.restored())
        crashed = _restarted(left.result)


def _restarted(crashed: Life) -> Life:
    """Let time pass until the next life begins."""
    crashed.fake.advance(RESTART)
    return replace(crashed, uptime=crashed.uptime + round(RESTART * TICKS))


def _live(make: MakeRun, before: Optional[Life], number: int, send: Send) -> None:
    """Run the program in this process, and hand back how that ended."""
    try:
        logged = mark_logs()
        run = make(before)
        if number < MOST_LIVES:
            run.transport.crash = lambda: send(pack(_Left(run.crashed(), None, logs_since(logged))))
        outcome = run.execute().outcome()
        error = None if outcome.error is None else portable_error(outcome.error)
        answers = tuple((text, portable_value(answer)) for text, answer in outcome.claims.answers)
        claims = replace(outcome.claims, answers=answers)
        shipped = replace(outcome, error=None, returned=portable_value(outcome.returned), claims=claims)
        message = pack(_Left(shipped, error, logs_since(logged)))
    except BaseException as raised:  # noqa: BLE001 - it is raised in the parent
        text = "".join(format_exception(type(raised), raised, raised.__traceback__))
        message = pack(_Left(portable_error(raised), None, [], text))
    flush()
    send(message)


def _raised(error: PortableError, traceback: str) -> BaseException:
    """Return what a life raised; an error of nobody's own shows where that was."""
    restored = error.restored()
    if isinstance(restored, Exception) and not isinstance(restored, ScenarioError):
        restored.__cause__ = RuntimeError(f"in a forked child:\n{traceback}")
    return restored


def _hung(run: Run, before: Optional[Life]) -> Outcome:
    """Return the outcome of a round whose last life was killed: what it did is not known."""
    number = 1 if before is None else before.number + 1
    return Outcome(
        fake=run.fake,
        requests=() if before is None else before.requests,
        outside=(run.outside.calls, run.outside.refused),
        claims=Claims(),
        returned=None,
        error=None,
        seconds=0.0 if before is None else (run.fake.now() - before.began) / TICKS,
        interrupted_at=None if before is None else before.interrupted_at,
        stopped=f"life {number} did not end within {MOST_REAL_SECONDS:g} s of real time, and was killed",
        life=number,
    )
