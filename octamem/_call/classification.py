"""Classifies one attempt: the answer of the call, or a failed attempt and what it allows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, Mapping, Optional, Tuple, Type, Union

from octamem._attempts import AttemptOutcome, AttemptRecord, Outcome, overall_outcome
from octamem._errors import APIConnectionError, APIError, APITimeoutError, OctaMemError, error_class
from octamem._models import ResultT
from octamem._redact.show import clip
from octamem._results.http_info import Headers, HttpInfo
from octamem._settings import Settings

from .advice import advice
from .answers import NotAsDocumented, read
from .environment import Environment
from .explanations import explain
from .operations import Call
from .retry import retry_after, retryable

_NAME = 100
"""The most characters that are shown of a header."""

_KEPT = 4_000
"""A result keeps texts of at most this many characters until its headers are looked at, to blank them there."""


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, with header names in lower case; `cut`: the body was longer than allowed, and is not kept."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    cut: bool = False


@dataclass(frozen=True)
class Failure:
    """A request without an answer.

    `cause` says why. `limit` is the timeout that was reached, if any. `arrived`: the service may have received the
    request. `transient`: another attempt may succeed. `kind` is the class of an exception to chain. `reason` is a key
    of `advice`.
    """

    cause: str = field(repr=False)
    limit: Optional[str] = None
    arrived: bool = True
    transient: bool = True
    kind: Optional[Type[Exception]] = None
    reason: str = ""


SendOutcome = Union[Answer, Failure]


@dataclass(frozen=True)
class FailedAttempt:
    """An attempt that did not give the answer of the call; `retryable`: the same call may succeed later.

    `reason` is a key of `advice`, or "" if the status says everything. `answer` is None if there was none.
    """

    kind: Type[OctaMemError]
    message: str
    outcome: Outcome
    retryable: bool = False
    code: Optional[str] = None
    status: Optional[int] = None
    retry_after: Optional[float] = None
    cause: Optional[str] = None
    error: Optional[Exception] = field(default=None, repr=False)
    reason: str = ""
    answer: Optional[Answer] = field(default=None, repr=False)


def classify(
    call: Call[ResultT], outcome: SendOutcome, settings: Settings, environment: Environment, *, now: float, late: bool
) -> Union[ResultT, FailedAttempt]:
    """Return the model of a success, else the failed attempt; `late`: the deadline has passed."""
    if isinstance(outcome, Failure):
        return _no_answer(call, outcome, settings, environment, late=late)
    if not 200 <= outcome.status <= 299:
        return _refusal(outcome, environment.redact, now=now)
    if outcome.cut:
        problem = NotAsDocumented(f"the body is longer than max_response_bytes={settings.max_response_bytes}")
        return _not_usable(call, outcome, problem, environment.redact)
    try:
        result, notices = read(call.answer, outcome.status, outcome.body, writes=call.writes)
    except NotAsDocumented as problem:
        return _not_usable(call, outcome, problem, environment.redact)
    for notice in notices:
        environment.notice(call.operation, notice.field, notice.text)
    return result


def _not_usable(
    call: Call[ResultT], answer: Answer, problem: NotAsDocumented, redact: Callable[[str], str]
) -> FailedAttempt:
    message, reason = problem.message, ""
    if not problem.says_so:
        content_type = clip(answer.headers.get("content-type", "no Content-Type"), _NAME)
        message = f"{call.operation}: {message} (status {answer.status}, {content_type})"
        reason = "too long" if answer.cut else "not usable"
    return FailedAttempt(
        APIError,
        redact(message),
        problem.outcome,
        code=_redacted(problem.code, redact),
        status=answer.status,
        cause="the answer is not usable",
        reason=reason,
        answer=answer,
    )


def _refusal(answer: Answer, redact: Callable[[str], str], *, now: float) -> FailedAttempt:
    message, code = explain(answer.status, answer.headers, answer.body)
    again = retryable(answer.status, answer.headers)
    return FailedAttempt(
        error_class(answer.status),
        redact(message),
        # A gateway may send a 5xx or a redirect although the service behind it has carried out the request.
        "refused" if 400 <= answer.status <= 499 else "unknown",
        retryable=again,
        code=_redacted(code, redact),
        status=answer.status,
        retry_after=retry_after(answer.headers, now),
        # The advice for a status assumes what is usually done after it.
        reason="" if again == retryable(answer.status, {}) else "again" if again else "never again",
        answer=answer,
    )


def _no_answer(
    call: Call[ResultT], failure: Failure, settings: Settings, environment: Environment, *, late: bool
) -> FailedAttempt:
    outcome: Outcome = "unknown" if failure.arrived else "not_sent"
    cause = environment.redact(clip(failure.cause, 300))
    error = failure.kind(cause) if failure.kind else None
    destination, again = environment.destination(), failure.transient
    if failure.limit is None:
        message = f"{call.operation} got no answer{destination}: {cause}"
        reason = failure.reason or ("transport" if not again else "lost" if failure.arrived else "connect")
        return FailedAttempt(APIConnectionError, message, outcome, again, cause=cause, error=error, reason=reason)
    limit = "deadline" if late else failure.limit
    seconds: Optional[float] = getattr(settings.timeout, limit, None)
    if limit == "deadline":
        cause = f"the deadline of {settings.deadline:g} s has passed"
    elif seconds is not None:
        cause = f"{limit} timeout of {seconds:g} s"
    message = f"{call.operation} got no answer in time{destination}: {cause}"
    return FailedAttempt(APITimeoutError, message, outcome, again, cause=cause, error=error, reason=limit)


def _redacted(text: Optional[str], redact: Callable[[str], str]) -> Optional[str]:
    return None if text is None else redact(text)


def record_of(
    call: Call[ResultT],
    number: int,
    outcome: SendOutcome,
    result: Union[ResultT, FailedAttempt],
    environment: Environment,
    *,
    at: float,
    waited: float,
    elapsed: float,
) -> AttemptRecord:
    """Return the record of an attempt."""
    failed = result if isinstance(result, FailedAttempt) else None
    known: AttemptOutcome = failed.outcome if failed else "done"
    cause = failed.cause if failed else None
    if isinstance(outcome, Failure):
        return AttemptRecord(call.operation, number, at, waited, elapsed, known, None, cause)
    name = outcome.headers.get("x-request-id") or outcome.headers.get("request-id")
    request_id = environment.redact(clip(name, _NAME)) if name else None
    return AttemptRecord(call.operation, number, at, waited, elapsed, known, outcome.status, cause, request_id)


def http_info(
    call: Call[ResultT], outcome: SendOutcome, request_id: Optional[str], environment: Environment
) -> Optional[HttpInfo]:
    """Return what the caller is told of an answer, without the key and the texts of the call; None for none."""
    if isinstance(outcome, Failure):
        return None
    came, redact = outcome.headers, environment.redact  # the result does not keep the body
    headers = Headers(lambda: {redact(name): redact(value) for name, value in came.items()})
    if sum(map(len, call.texts)) > _KEPT:
        headers.read()
    return HttpInfo(outcome.status, headers, request_id)


def error_of(
    call: Call[ResultT],
    failed: FailedAttempt,
    attempts: Tuple[AttemptRecord, ...],
    stopped: str,
    environment: Environment,
) -> OctaMemError:
    """Return the error that ends the call, with all that is known; `stopped` says why no attempt follows."""
    outcome = overall_outcome(attempts)
    stored = call.writes and outcome == "unknown"
    doubt = "the memory may have been stored: search for it before adding it again" if stored else ""
    request_id = attempts[-1].request_id
    parts = (advice(failed.status, failed.reason, environment.destination()), stopped, doubt)
    return failed.kind(
        failed.message,
        code=failed.code,
        status_code=failed.status,
        retry_after=failed.retry_after,
        request_id=request_id,
        outcome=outcome,
        retryable=failed.retryable,
        http=None if failed.answer is None else http_info(call, failed.answer, request_id, environment),
        attempts=attempts,
        advice="; ".join(part for part in parts if part),
    )
