"""What one attempt came to: the answer of the call, or a setback and what it allows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, Mapping, Optional, Tuple, Type, Union

from ._answers import NotAsDocumented, explain, read
from ._attempts import AttemptRecord, Outcome, overall_outcome
from ._calls import Call, ResultT
from ._errors import APIConnectionError, APIError, APITimeoutError, OctaMemError, error_class
from ._retry import repeats, retry_after
from ._settings import Settings
from ._show import clip

_NAME = 100
"""The most characters that a header is shown with."""

_ADVICE = {
    401: "check the API key (api_key=, or OCTAMEM_API_KEY)",
    403: "check what this key may do",
    404: "check base_url and the key",
}


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

    `passing` says that another attempt may fare better; `kind` is the class of an exception to chain.
    """

    cause: str = field(repr=False)
    limit: Optional[str] = None
    arrived: bool = True
    passing: bool = True
    kind: Optional[Type[Exception]] = None


Sent = Union[Answer, Failure]


@dataclass(frozen=True)
class Setback:
    """What went wrong in one attempt; `repeats` says that another attempt may fare better."""

    kind: Type[OctaMemError]
    message: str
    outcome: Outcome
    repeats: bool = False
    code: Optional[str] = None
    status: Optional[int] = None
    retry_after: Optional[float] = None
    cause: Optional[str] = None
    error: Optional[Exception] = field(default=None, repr=False)


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
) -> Union[ResultT, Setback]:
    """Return the model of a success, else what went wrong; `late` says that the deadline has passed."""
    if isinstance(sent, Failure):
        return _no_answer(call, sent, settings, late=late, conceal=conceal)
    if not 200 <= sent.status <= 299:
        return _refusal(sent, now=now, conceal=conceal)
    try:
        return _model(call, sent, settings)
    except NotAsDocumented as problem:
        message = problem.message if problem.says_so else _unusable(call, sent, problem.message)
        code, outcome = problem.code, problem.outcome
    message, cause = conceal(message), "the answer is not usable"
    return Setback(APIError, message, outcome, code=_concealed(code, conceal), status=sent.status, cause=cause)


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
    call: Call[ResultT], failure: Failure, settings: Settings, *, late: bool, conceal: Callable[[str], str]
) -> Setback:
    outcome: Outcome = "unknown" if failure.arrived else "not_sent"
    cause = conceal(clip(failure.cause, 300))
    error = failure.kind(cause) if failure.kind else None
    if failure.limit is None:
        message = f"{call.operation} got no answer: {cause}"
        return Setback(APIConnectionError, message, outcome, failure.passing, cause=cause, error=error)
    late = late or failure.limit == "deadline"
    if late:
        cause = f"the deadline of {settings.deadline:g} s has passed"
    elif failure.limit in ("connect", "read", "write", "pool"):
        cause = f"{failure.limit} timeout of {getattr(settings.timeout, failure.limit):g} s"
    message = f"{call.operation} got no answer in time: {cause}"
    return Setback(APITimeoutError, message, outcome, failure.passing and not late, cause=cause, error=error)


def _concealed(text: Optional[str], conceal: Callable[[str], str]) -> Optional[str]:
    return None if text is None else conceal(text)


def error_of(call: Call[ResultT], setback: Setback, attempts: Tuple[AttemptRecord, ...], stopped: str) -> OctaMemError:
    """Return the error that ends the call, with all that is known; `stopped` says why no attempt follows."""
    outcome = overall_outcome(attempts)
    doubt = "it may have been stored: search before adding it again" if call.writes and outcome == "unknown" else ""
    advice = (_ADVICE.get(setback.status or 0, ""), stopped, doubt)
    return setback.kind(
        setback.message,
        code=setback.code,
        status_code=setback.status,
        retry_after=setback.retry_after,
        request_id=attempts[-1].request_id,
        outcome=outcome,
        attempts=attempts,
        advice="; ".join(part for part in advice if part),
    )
