"""The life of one call, as a generator: attempts out, outcomes in, the answer or the error at the end.

It touches nothing: time, chance, the budget and whoever watches are handed in. The two clients drive it by sleeping
and sending; a test drives it by hand, and a simulation by the million.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Dict, Generator, Optional, Tuple, Union

from octamem._attempts import AttemptRecord, Verdict
from octamem._models import with_attempts
from octamem._settings import Settings

from .advice import NOWHERE, Place
from .budget import RetryBudget
from .operations import Call, ResultT
from .retry import back_off, least_wait
from .verdict import Answer, Failure, Sent, Setback, error_of, judge, request_id

__all__ = ["CALLED_OFF", "Answer", "Attempt", "Failure", "Sent", "World", "exchange"]

CALLED_OFF = Failure("the client was closed", arrived=False, passing=False)
"""What a driver sends in for a retry that it did not make, because the client was closed during the wait."""

_CLOSED = "not repeated, as the client was closed"


@dataclass(frozen=True)
class Attempt:
    """What a driver has to do: sleep `wait` seconds, then send, and be done by the clock's time `deadline`.

    `timeout` holds the seconds for connect, read, write and pool.
    """

    number: int
    wait: float
    timeout: Dict[str, float]
    deadline: Optional[float] = None


def _unwatched(*_: object) -> None:
    pass


def _plain(message: str) -> str:
    return message


def _never() -> bool:
    return False


@dataclass(frozen=True)
class World:
    """All that a call needs from outside.

    `conceal` blanks the key and the texts of the call in a message; `closed` says that nothing more is to be begun;
    `place` is where the call goes, for an error to name.
    """

    now: Callable[[], float]
    random: Callable[[], float]
    observe: Callable[[AttemptRecord], None] = _unwatched
    retrying: Callable[[AttemptRecord, float], None] = _unwatched
    conceal: Callable[[str], str] = _plain
    closed: Callable[[], bool] = _never
    budget: Optional[RetryBudget] = None
    place: Place = NOWHERE


def exchange(call: Call[ResultT], settings: Settings, world: World) -> Generator[Attempt, Sent, ResultT]:
    """Yield each attempt of the call, take what came of it, and return the answer or raise an OctaMemError."""
    at = world.now()
    deadline = None if settings.deadline is None else at + settings.deadline
    wait = 0.0
    attempts: Tuple[AttemptRecord, ...] = ()
    verdict: Union[ResultT, Setback, None] = None
    while True:
        number = len(attempts) + 1
        remaining = None if deadline is None else deadline - at
        sent = yield Attempt(number, wait, settings.timeout.within(remaining), deadline)
        if sent is CALLED_OFF and isinstance(verdict, Setback):
            raise error_of(call, verdict, attempts, _CLOSED, world.place) from verdict.error
        now = world.now()
        late = deadline is not None and now >= deadline
        verdict = judge(call, sent, settings, now=now, late=late, conceal=world.conceal, place=world.place)
        record = _record(call, number, at, wait, now, sent, verdict, world)
        attempts = (*attempts, record)
        world.observe(record)
        if not isinstance(verdict, Setback):
            if world.budget is not None and number == 1:
                world.budget.earn()
            with_attempts(verdict, attempts)
            return verdict
        plan = _plan(call, verdict, number, settings, world, remaining=None if deadline is None else deadline - now)
        if isinstance(plan, str):
            raise error_of(call, verdict, attempts, plan, world.place) from verdict.error
        world.retrying(record, plan)
        wait = plan
        at = now + wait


def _record(
    call: Call[ResultT],
    number: int,
    at: float,
    wait: float,
    now: float,
    sent: Sent,
    verdict: Union[ResultT, Setback],
    world: World,
) -> AttemptRecord:
    outcome: Verdict = verdict.outcome if isinstance(verdict, Setback) else "done"
    return AttemptRecord(
        operation=call.operation,
        number=number,
        at=at,
        waited=wait,
        elapsed=now - at,
        outcome=outcome,
        status=sent.status if isinstance(sent, Answer) else None,
        cause=verdict.cause if isinstance(verdict, Setback) else None,
        request_id=request_id(sent, world.conceal),
    )


def _plan(
    call: Call[ResultT],
    setback: Setback,
    number: int,
    settings: Settings,
    world: World,
    *,
    remaining: Optional[float],
) -> Union[float, str]:
    """Return the seconds to wait before the next attempt, or why there is none ("" where the error says it)."""
    if not setback.repeats or number > settings.max_retries:
        return ""
    if world.closed():
        return _CLOSED
    if call.writes and setback.outcome == "unknown" and not settings.retry_unknown_writes:
        return "not repeated, as retry_unknown_writes is False"
    least = least_wait(setback.status, setback.retry_after)
    if least > settings.max_retry_delay:
        return f"not repeated, as the wait that is asked for is above max_retry_delay={settings.max_retry_delay:g}"
    backed_off = back_off(number - 1, delay=settings.retry_delay, most=settings.max_retry_delay, random=world.random)
    wait = max(backed_off, least)
    if remaining is not None and wait >= remaining:
        return f"not repeated, as the deadline of {settings.deadline:g} s leaves no time for it"
    if world.budget is not None and not world.budget.spend():
        return "not repeated, as the retry budget of this client is spent (retry_budget=)"
    return wait
