"""What one attempt came to: the answer of the call, or a setback and what it allows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, Mapping, Optional, Tuple, Type, Union

from octamem._attempts import AttemptRecord, Outcome, overall_outcome
from octamem._errors import APIConnectionError, APIError, APITimeoutError, OctaMemError, error_class
from octamem._redact.show import clip
from octamem._settings import Settings

from .advice import Place, advice
from .answers import NotAsDocumented, explain, read
from .operations import Call, ResultT
from .retry import repeats, retry_after

_NAME = 100
"""The most characters that a header is shown with."""


@dataclass(frozen=True)
class Answer:
    """An HTTP answer: header names in lower case; `cut` says that the body was longer than it may be."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    cut: bool = False


@dataclass(frozen=True)
class Failure:
    """No answer: why, in words; which limit was reached, where one was; and whether the request may have arrived.

    `passing` says that another attempt may fare better; `kind` is the class of an exception to chain; `reason` is one
    that `advice` knows.
    """

    cause: str = field(repr=False)
    limit: Optional[str] = None
    arrived: bool = True
    passing: bool = True
    kind: Optional[Type[Exception]] = None
    reason: str = ""


Sent = Union[Answer, Failure]


@dataclass(frozen=True)
class Setback:
    """What went wrong in one attempt; `repeats` says that another attempt may fare better.

    `reason` is one that `advice` knows, or "" where the status says all.
    """

    kind: Type[OctaMemError]
    message: str
    outcome: Outcome
    repeats: bool = False
    code: Optional[str] = None
    status: Optional[int] = None
    retry_after: Optional[float] = None
    cause: Optional[str] = None
    error: Optional[Exception] = field(default=None, repr=False)
    reason: str = ""


def request_id(sent: Sent, conceal: Callable[[str], str]) -> Optional[str]:
    """Return the server's name for the request, where it gave one."""
    if isinstance(sent, Failure):
        return None
    name = sent.headers.get("x-request-id") or sent.headers.get("request-id")
    return conceal(clip(name, _NAME)) if name else None


def judge(
    call: Call[ResultT],
    sent: Sent,
    settings: Settings,
    *,
    now: float,
    late: bool,
    conceal: Callable[[str], str],
    place: Place,
) -> Union[ResultT, Setback]:
    """Return the model of a success, else what went wrong; `late` says that the deadline has passed."""
    if isinstance(sent, Failure):
        return _no_answer(call, sent, settings, late=late, conceal=conceal, place=place)
    if not 200 <= sent.status <= 299:
        return _refusal(sent, now=now, conceal=conceal)
    try:
        return _model(call, sent, settings)
    except NotAsDocumented as problem:
        message = problem.message if problem.says_so else _unusable(call, sent, problem.message)
        code, outcome = problem.code, problem.outcome
        reason = "" if problem.says_so else "too long" if sent.cut else "not usable"
    return Setback(
        APIError,
        conceal(message),
        outcome,
        code=_concealed(code, conceal),
        status=sent.status,
        cause="the answer is not usable",
        reason=reason,
    )


def _model(call: Call[ResultT], answer: Answer, settings: Settings) -> ResultT:
    if answer.cut:
        raise NotAsDocumented(f"the body is longer than max_response_bytes={settings.max_response_bytes}")
    return read(call.answer, answer.body, needs_body=call.needs_body)


def _unusable(call: Call[ResultT], answer: Answer, problem: str) -> str:
    content_type = clip(answer.headers.get("content-type", "no content type"), _NAME)
    return f"{call.operation} was answered with status {answer.status} ({content_type}), but {problem}"


def _refusal(answer: Answer, *, now: float, conceal: Callable[[str], str]) -> Setback:
    message, code = explain(answer.status, answer.headers, answer.body)
    return Setback(
        error_class(answer.status),
        conceal(message),
        # A gateway sends a 5xx or a redirect also for what the service behind it has carried out.
        "refused" if 400 <= answer.status <= 499 else "unknown",
        repeats=repeats(answer.status, answer.headers),
        code=_concealed(code, conceal),
        status=answer.status,
        retry_after=retry_after(answer.headers, now),
    )


def _no_answer(
    call: Call[ResultT],
    failure: Failure,
    settings: Settings,
    *,
    late: bool,
    conceal: Callable[[str], str],
    place: Place,
) -> Setback:
    outcome: Outcome = "unknown" if failure.arrived else "not_sent"
    cause = conceal(clip(failure.cause, 300))
    error = failure.kind(cause) if failure.kind else None
    if failure.limit is None:
        message = f"{call.operation} got no answer{place}: {cause}"
        reason = failure.reason or ("lost" if failure.passing else "transport")
        return Setback(APIConnectionError, message, outcome, failure.passing, cause=cause, error=error, reason=reason)
    limit = "deadline" if late else failure.limit
    if limit == "deadline":
        cause = f"the deadline of {settings.deadline:g} s has passed"
    elif limit in ("connect", "read", "write", "pool"):
        cause = f"{limit} timeout of {getattr(settings.timeout, limit):g} s"
    message = f"{call.operation} got no answer in time{place}: {cause}"
    passing = failure.passing and limit != "deadline"
    return Setback(APITimeoutError, message, outcome, passing, cause=cause, error=error, reason=limit)


def _concealed(text: Optional[str], conceal: Callable[[str], str]) -> Optional[str]:
    return None if text is None else conceal(text)


def error_of(
    call: Call[ResultT], setback: Setback, attempts: Tuple[AttemptRecord, ...], stopped: str, place: Place
) -> OctaMemError:
    """Return the error that ends the call, with all that is known; `stopped` says why no attempt follows."""
    outcome = overall_outcome(attempts)
    doubt = "it may have been stored: search before adding it again" if call.writes and outcome == "unknown" else ""
    parts = (advice(setback.status, setback.reason, place), stopped, doubt)
    return setback.kind(
        setback.message,
        code=setback.code,
        status_code=setback.status,
        retry_after=setback.retry_after,
        request_id=attempts[-1].request_id,
        outcome=outcome,
        attempts=attempts,
        advice="; ".join(part for part in parts if part),
    )
