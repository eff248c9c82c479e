"""The life of one call, as a generator: it yields attempts, takes their outcomes, and ends with answer or error.

It has no side effects of its own: time, chance, the budget and the watchers are handed in. The two clients drive it by
sleeping and sending; a test drives it by hand, and a simulation a million times.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Generator, Optional, Tuple, Union

from octamem._attempts import AttemptRecord
from octamem._models import ResultT, with_attempts
from octamem._settings import Settings

from .classification import FailedAttempt, Failure, SendOutcome, classify, error_of, http_info, record_of
from .environment import Environment
from .operations import Call
from .retry import back_off

CALLED_OFF = Failure("the client was closed", arrived=False, transient=False)
"""What a driver sends in for a retry that it did not make, because the client was closed during the wait."""

_CLOSED = "not retried: the client was closed"


@dataclass(frozen=True)
class Attempt:
    """What a driver has to do: sleep `wait` seconds, then send, and be done when the clock shows `deadline`.

    `timeout` holds the seconds for connect, read, write and pool; None for no limit.
    """

    number: int
    wait: float
    timeout: Dict[str, Optional[float]]
    deadline: Optional[float] = None


def exchange(
    call: Call[ResultT], settings: Settings, environment: Environment
) -> Generator[Attempt, SendOutcome, ResultT]:
    """Yield each attempt of the call, take its outcome, and return the answer or raise an OctaMemError."""
    at = environment.now()
    deadline = None if settings.deadline is None else at + settings.deadline
    wait = 0.0
    attempts: Tuple[AttemptRecord, ...] = ()
    result: Union[ResultT, FailedAttempt, None] = None
    while True:
        number = len(attempts) + 1
        remaining = None if deadline is None else deadline - at
        outcome = yield Attempt(number, wait, settings.timeout.within(remaining), deadline)
        if outcome is CALLED_OFF and isinstance(result, FailedAttempt):
            raise error_of(call, result, attempts, _CLOSED, environment) from result.error
        now = environment.now()
        late = deadline is not None and now >= deadline
        result = classify(call, outcome, settings, environment, now=now, late=late)
        record = record_of(call, number, outcome, result, environment, at=at, waited=wait, elapsed=now - at)
        attempts = (*attempts, record)
        environment.observe(record)
        if not isinstance(result, FailedAttempt):
            if environment.budget is not None and number == 1:
                environment.budget.earn()
            with_attempts(result, attempts, http_info(call, outcome, record.request_id, environment))
            return result
        remaining = None if deadline is None else deadline - now
        next_wait = _next_wait(call, result, number, settings, environment, remaining)
        if isinstance(next_wait, str):
            raise error_of(call, result, attempts, next_wait, environment) from result.error
        environment.retrying(record, next_wait)
        wait = next_wait
        at = now + wait


def _next_wait(
    call: Call[ResultT],
    failed: FailedAttempt,
    number: int,
    settings: Settings,
    environment: Environment,
    remaining: Optional[float],
) -> Union[float, str]:
    """Return the seconds before the next attempt, or the reason why there is none ("" if the error says it)."""
    if not failed.retryable or failed.reason == "deadline" or number > settings.max_retries:
        return ""
    if environment.closed():
        return _CLOSED
    if call.writes and failed.outcome == "unknown" and not settings.retry_unknown_writes:
        return "not retried: retry_unknown_writes is False"
    least, most = failed.retry_after or 0.0, settings.max_retry_delay
    if least > most:
        return f"not retried: the service asked to wait {least:,.10g} s, and max_retry_delay is {most:,.10g} s"
    wait = max(least, back_off(number - 1, delay=settings.retry_delay, most=most, random=environment.random))
    if remaining is not None and wait >= remaining:
        return f"not retried: the next wait would exceed the deadline of {settings.deadline:g} s"
    if environment.budget is not None and not environment.budget.spend():
        return "not retried: the retry budget of the client is used up (see retry_budget=)"
    return wait
