"""What the body of an answer says: the model of a success, or the message and code of a refusal."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import Dict, List, Mapping, NamedTuple, NoReturn, Optional, Tuple, Type, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel
from pydantic import ValidationError as ModelError

from octamem._attempts import Outcome
from octamem._redact.show import clip

ModelT = TypeVar("ModelT", bound=BaseModel)

_EXCERPT = 120
_MESSAGE = 500
_CODE = 100
_BLANKS = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"
"""Byte order marks and white space, in any of the encodings of Unicode."""

_DEEPEST = 64
"""Nesting beyond this is no answer of a memory service; printing such a model would fail in its turn."""


class NotAsDocumented(Exception):
    """Says what is wrong with the body of a success.

    `says_so` marks words of the service's own, for an answer that itself declares that the call failed.
    """

    def __init__(
        self, message: str, *, code: Optional[str] = None, says_so: bool = False, outcome: Outcome = "unknown"
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.says_so = says_so
        self.outcome: Outcome = outcome


class Explanation(NamedTuple):
    """The message and the code of an answer; None where it holds none."""

    message: Optional[str]
    code: Optional[str]


def read(model: Type[ModelT], body: bytes, *, needs_body: bool) -> ModelT:
    """Return the model of a successful answer, flat or in an envelope; NotAsDocumented for anything else."""
    if not needs_body and (not body or body.isspace()):
        return model()
    payload = _parse(body)
    if not isinstance(payload, dict):
        raise NotAsDocumented("the body is JSON, but not an object")
    if payload.get("success") is False or ("success" not in payload and payload.get("error")):
        message, code = explain_json(payload)
        outcome: Outcome = "refused" if "success" in payload else "unknown"
        words = message or "the service says that it failed"
        raise NotAsDocumented(words, code=code, says_so=True, outcome=outcome)
    try:
        return model.model_validate(_opened(payload, model))
    except ModelError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(step) for step in first["loc"])
    raise NotAsDocumented(f"the field {clip(place, _CODE)} is of the wrong type: {first['msg']}")


def _opened(payload: Dict[str, object], model: Type[BaseModel]) -> Dict[str, object]:
    data = payload.get("data")
    if not isinstance(data, dict) or any(name in payload for name in model.model_fields if name != "success"):
        return payload
    opened = {**payload, **data}
    if "data" not in data:
        del opened["data"]
    return opened


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def _parse(body: bytes) -> object:
    if not body or body.isspace():
        raise NotAsDocumented("the body is empty")
    try:
        text = body.decode()
        payload: object = _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        problem = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else "is no JSON"
        problem = "is nested too deep" if isinstance(error, RecursionError) else problem
    else:
        if not _is_deep(text, payload):
            return _whole(payload) if "\\ud" in text or "\\uD" in text else payload
        problem = "is nested too deep"
    raise NotAsDocumented(f"the body {problem}{_excerpt(body)}")


def _whole(payload: object) -> object:
    # Half a surrogate pair can be escaped in JSON, and then neither be printed nor encoded: one such memory, stored
    # by whatever client, must not spoil every search that finds it.
    return json.loads(json.dumps(payload, ensure_ascii=False).encode(errors="replace"))


def _is_deep(text: str, payload: object) -> bool:
    if text.count("[") + text.count("{") <= _DEEPEST:
        return False
    level: List[object] = [payload]
    for _depth in range(_DEEPEST):
        level = [child for parent in level for child in _children(parent)]
    return bool(level)


def _children(value: object) -> List[object]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [child for child in inner if isinstance(child, (dict, list))]


def _excerpt(body: bytes) -> str:
    # What looks like JSON, in whatever encoding or wrapping, may be an answer cut short and hold the text of a memory.
    start = re.split(rb'[{\[]|^"', body[: _EXCERPT * 4].lstrip(_BLANKS), maxsplit=1)[0][:_EXCERPT]
    return f"; it starts with {clip(start.decode('utf-8', 'replace'), _EXCERPT)!r}" if start else ""


def explain(status: int, headers: Mapping[str, str], body: bytes) -> Tuple[str, Optional[str]]:
    """Return the message and code of an answer that is no success, in plain words where its body holds none."""
    try:
        message, code = explain_json(_DECODER.decode(body.decode()))
    except (ValueError, RecursionError):
        message = code = None
    return message or _plain(status, headers), code


def _plain(status: int, headers: Mapping[str, str]) -> str:
    if 300 <= status <= 399:
        return f"the answer redirects to {_host(headers.get('location', ''))}, and redirects are not followed"
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "unknown status"
    return f"the service answered {status} ({phrase})"


def _host(location: str) -> str:
    try:
        host = urlsplit(location).hostname
    except ValueError:
        host = None
    return clip(host, _CODE) if host else "a place that it does not name"


def explain_json(payload: object) -> Explanation:
    """Return the message and code in a parsed body, in any of the forms that services and gateways use."""
    for candidate in _candidates(payload):
        message = _text(candidate)
        if message is not None:
            return Explanation(message, _code(payload))
    return Explanation(None, _code(payload))


def _candidates(payload: object) -> Tuple[object, ...]:
    if not isinstance(payload, dict):
        return (payload,)
    return tuple(payload.get(name) for name in ("error", "message", "detail", "errors", "msg", "title", "data"))


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
    if not isinstance(payload, dict):
        return None
    nested = payload.get("error")
    places: Tuple[object, ...] = (payload, nested, payload.get("data"))
    for place in places:
        for name in ("code", "type") if place is nested else ("code",):
            value = place.get(name) if isinstance(place, dict) else None
            shown = clip(str(value), _CODE) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
            if shown:
                return shown
    return None
