"""What one attempt came to: the answer of the call, or a setback and what it allows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, Mapping, Optional, Tuple, Type, Union

from ._answers import NotAsDocumented, explain, read
from ._attempts import AttemptRecord, Outcome, overall_outcome
from ._calls import AnswerT, Call
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

    `passing` says that another attempt may fare better; `error` is an exception that is safe to chain.
    """

    cause: str
    limit: Optional[str] = None
    arrived: bool = True
    passing: bool = True
    error: Optional[Exception] = field(default=None, repr=False)


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
    call: Call[AnswerT], sent: Sent, settings: Settings, *, now: float, late: bool, conceal: Callable[[str], str]
) -> Union[AnswerT, Setback]:
    """Return the model of a success, else what went wrong; `late` says that the deadline has passed."""
    if isinstance(sent, Failure):
        return _no_answer(call, sent, settings, late=late, conceal=conceal)
    if not 200 <= sent.status <= 299:  # noqa: PLR2004 - the class of a status is its first digit
        return _refusal(sent, now=now, conceal=conceal)
    try:
        if sent.cut:
            raise NotAsDocumented(f"the body is longer than max_response_bytes={settings.max_response_bytes}")
        content_type = clip(sent.headers.get("content-type", "no content type"), _NAME)
        return read(call.answer, sent.body, content_type, needs_body=call.needs_body)
    except NotAsDocumented as problem:
        message = problem.message if problem.says_so else f"{call.operation} was answered {sent.status}, but {problem}"
        code, outcome = problem.code, problem.outcome
    return Setback(
        APIError, conceal(message), outcome, code=_concealed(code, conceal), status=sent.status, cause="unusable answer"
    )


def _refusal(answer: Answer, *, now: float, conceal: Callable[[str], str]) -> Setback:
    message, code = explain(answer.status, answer.headers, b"" if answer.cut else answer.body)
    return Setback(
        error_class(answer.status),
        conceal(message),
        # A gateway sends a 5xx or a redirect also for what the service behind it has carried out.
        "refused" if 400 <= answer.status <= 499 else "unknown",  # noqa: PLR2004 - as above
        repeats(answer.status, answer.headers),
        _concealed(code, conceal),
        answer.status,
        retry_after(answer.headers, now),
    )


def _no_answer(
    call: Call[AnswerT], failure: Failure, settings: Settings, *, late: bool, conceal: Callable[[str], str]
) -> Setback:
    outcome: Outcome = "unknown" if failure.arrived else "not_sent"
    cause = conceal(clip(failure.cause, 300))
    if failure.limit is None:
        message = f"{call.operation} got no answer: {cause}"
        return Setback(APIConnectionError, message, outcome, failure.passing, cause=cause, error=failure.error)
    if late or failure.limit == "deadline":
        cause = f"the deadline of {settings.deadline:g} s has passed"
    elif failure.limit in ("connect", "read", "write", "pool"):
        cause = f"{failure.limit} timeout of {getattr(settings.timeout, failure.limit):g} s"
    message = f"{call.operation} got no answer in time: {cause}"
    return Setback(APITimeoutError, message, outcome, failure.passing, cause=cause, error=failure.error)


def _concealed(text: Optional[str], conceal: Callable[[str], str]) -> Optional[str]:
    return None if text is None else conceal(text)


def error_of(
    call: Call[AnswerT], setback: Setback, attempts: Tuple[AttemptRecord, ...], stopped: str
) -> OctaMemError:
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
