"""The message and the code of a refusal, in any form that services and gateways use."""

from __future__ import annotations

import re
from contextlib import suppress
from http import HTTPStatus
from typing import Dict, Iterator, List, Mapping, NamedTuple, Optional, Tuple
from urllib.parse import urlsplit

from octamem._redact.show import clip

from .body import NotJson, is_blank, parse

_MESSAGE = 500
_CODE = 100

_STATUS_NAME = re.compile("[A-Z]+(_[A-Z]+)*")
"""The name of a status as Google writes it, such as RESOURCE_EXHAUSTED."""

_NO_TYPES = ("about:blank", "error", "object")
"""Types that name no problem: RFC 9457's own default, and what some services call every error."""


class Explanation(NamedTuple):
    """The message and the code of an answer; each None if the answer has none."""

    message: Optional[str]
    code: Optional[str]


def explain(status: int, headers: Mapping[str, str], body: bytes) -> Tuple[str, Optional[str]]:
    """Return the message and code of a refusal; the message is ours if its body has none."""
    message = code = None
    if not is_blank(body):
        with suppress(NotJson):
            message, code = explain_json(parse(body))
    return message or _plain(status, headers), code


def _plain(status: int, headers: Mapping[str, str]) -> str:
    if 300 <= status <= 399:
        target = _target(headers.get("location", ""))
        return f"the service answered with a redirect {target}; redirects are not followed"
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "unknown status"
    return f"the service answered {status} ({phrase})"


def _target(location: str) -> str:
    """Return where a redirect leads to; only the host is shown, since the rest of an address may hold secrets."""
    if not location.strip():
        return "without a location"
    try:
        parts = urlsplit(location)
        host = parts.hostname
    except ValueError:
        return "to what is no address"
    if host:
        return f"to {clip(host, _CODE)}"
    return "to what is no address" if parts.scheme or parts.netloc else "within its own host"


def explain_json(payload: object) -> Explanation:
    """Return the message and code of a parsed body."""
    for candidate in _candidates(payload):
        message = _text(candidate)
        if message is not None:
            return Explanation(message, _code(payload))
    return Explanation(None, _code(payload))


def _candidates(payload: object) -> Tuple[object, ...]:
    if not isinstance(payload, dict):
        return (payload,)
    return tuple(
        payload.get(name) for name in ("error", "message", "detail", "errors", "msg", "title", "data", "status")
    )


def _text(value: object, depth: int = 0) -> Optional[str]:
    if isinstance(value, str):
        return clip(value, _MESSAGE) if value.strip() else None
    inner: Tuple[object, ...] = ()
    if isinstance(value, dict):
        inner = tuple(value.get(name) for name in ("message", "msg", "detail", "error", "title"))
    elif isinstance(value, list):
        inner = tuple(value[:3])
    for part in inner if depth < 3 else ():
        text = _text(part, depth + 1)
        if text is not None:
            return text
    return None


def _code(payload: object) -> Optional[str]:
    """Return the first name of the failure; a number only if there is no name, since it may repeat the status."""
    found = [code for code in _codes(payload) if code]
    return next((code for code in found if not code.lstrip("-").isdecimal()), found[0] if found else None)


def _codes(payload: object) -> Iterator[str]:
    top, *nested = _objects(payload)
    for fields in (top, *nested):
        yield _shown(fields.get("code"))
    for fields in (*nested, top):
        status, kind = fields.get("status"), fields.get("type")
        yield status if isinstance(status, str) and _STATUS_NAME.fullmatch(status) else ""
        yield _shown(kind) if isinstance(kind, str) and kind not in _NO_TYPES else ""


def _objects(payload: object) -> List[Dict[str, object]]:
    """Return the object of the answer, and those in it that may describe the failure."""
    top = _first(payload) or {}
    nested = (_first(top.get(name)) for name in ("error", "errors", "detail", "data"))
    return [top, *(fields for fields in nested if fields)]


def _first(value: object) -> Optional[Dict[str, object]]:
    value = value[0] if isinstance(value, list) and value else value
    return value if isinstance(value, dict) else None


def _shown(code: object) -> str:
    return clip(str(code), _CODE) if isinstance(code, (str, int)) and not isinstance(code, bool) else ""
