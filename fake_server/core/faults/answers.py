"""What the client gets under a fault: another answer, a damaged one, or none."""

from __future__ import annotations

from dataclasses import replace
from typing import Callable, Dict, Mapping, Optional

from fake_server.core.json_body import encode
from fake_server.core.messages import NO_BODY, Drop, Outcome, Reply

from .steps import Step

__all__ = ["CODES", "JSON", "refusal", "spoil"]

JSON: Mapping[str, str] = {"content-type": "application/json"}
_HTML = {"content-type": "text/html; charset=utf-8"}
_TEXT = {"content-type": "text/plain; charset=utf-8"}

# Codes beyond those that the service documents are our decision; see docs/fidelity.md.
CODES = {
    400: ("VALIDATION_ERROR", "The request is not valid"),
    401: ("AUTH_ERROR", "Invalid or missing API key"),
    403: ("METHOD_NOT_SUPPORTED", "This memory does not support this method"),
    404: ("NOT_FOUND", "Not found"),
    408: ("REQUEST_TIMEOUT", "The request took too long to arrive"),
    409: ("CONFLICT", "The request conflicts with another"),
    413: ("PAYLOAD_TOO_LARGE", "The request is too large"),
    422: ("VALIDATION_ERROR", "The request cannot be processed"),
    429: ("RATE_LIMIT", "Too many requests"),
    500: ("INTERNAL_ERROR", "Something went wrong on the server"),
    502: ("BAD_GATEWAY", "The gateway got no valid answer"),
    503: ("SERVICE_UNAVAILABLE", "The service is unavailable for now"),
    504: ("GATEWAY_TIMEOUT", "The gateway got no answer in time"),
}


def refusal(status: int, code: str, message: str, headers: Optional[Mapping[str, str]] = None) -> Reply:
    """Build an error answer in the shape of the service."""
    return Reply.whole(status, {**JSON, **(headers or {})}, encode({"error": message, "code": code}))


def _as_status(step: Step, _: Optional[Reply]) -> Reply:
    status = step.status or 500
    code, message = CODES.get(status, ("ERROR" if status >= 400 else "OK", f"Answered with {status} by a fault"))
    own = {} if step.retry_after is None else {"retry-after": step.retry_after}
    if step.body == "empty" or status in NO_BODY:
        return Reply(status, own, b"")
    if step.body == "html":
        return Reply(status, {**_HTML, **own}, f"<html><body><h1>{status}</h1><p>{message}</p></body></html>".encode())
    if step.body == "text":
        return Reply(status, {**_TEXT, **own}, message.encode())
    return refusal(status, code, message, own)


def _as_redirect(step: Step, _: Optional[Reply]) -> Reply:
    return Reply(307, {**_TEXT, "location": step.url}, b"Moved for now\n")


def _as_drop(step: Step, _: Optional[Reply]) -> Drop:
    return Drop(step.kind)


_SUCCESS = Reply(200, JSON, encode({"success": True}))  # what a fault spoils before the handler has run
_SPOILERS: Dict[str, Callable[[Step, Reply], Reply]] = {
    "slow": lambda step, reply: replace(reply, delay=reply.delay + step.seconds),
    "truncate": lambda step, reply: replace(reply, cut=len(reply.body) // 2, chunked=step.chunked),
    "drip": lambda step, reply: replace(reply, drip=step.seconds),
    "garbage": lambda _, reply: replace(reply, status=200, body=b"\x00\xff{not json at all"),
    "wrong-type": lambda _, reply: replace(reply, status=200, body=b'["this", "is", "no", "object", 7]'),
    "empty": lambda _, reply: replace(reply, status=200, body=b""),
}
_REPLACERS: Dict[str, Callable[[Step, Optional[Reply]], Outcome]] = {
    "status": _as_status,
    "redirect": _as_redirect,
    "hang": _as_drop,
    "reset": _as_drop,
    "close": _as_drop,
}


def spoil(step: Step, reply: Optional[Reply]) -> Outcome:
    """Return what the client gets instead of `reply`, which is None if the handler has not run."""
    if step.kind in _REPLACERS:
        return _REPLACERS[step.kind](step, reply)
    return _SPOILERS[step.kind](step, reply or _SUCCESS)
