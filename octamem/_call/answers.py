"""Reads the body of an answer: the model of a success, or the message and code of a refusal."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import Dict, List, Mapping, NamedTuple, NoReturn, Optional, Tuple, Type
from urllib.parse import urlsplit

from pydantic import BaseModel
from pydantic import ValidationError as ModelError

from octamem._attempts import Outcome
from octamem._models import ResultT
from octamem._redact.show import clip

_EXCERPT = 120
_MESSAGE = 500
_CODE = 100
_BLANKS = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"
"""Byte order marks and white space, in any encoding of Unicode."""

_DEEPEST = 64
"""No answer of a memory service is nested deeper, and printing such a model would fail."""


class NotAsDocumented(Exception):
    """The body of a success is not as documented.

    `says_so`: the message is the service's, from an answer that declares itself that the call failed.
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
    """The message and the code of an answer; each None if the answer has none."""

    message: Optional[str]
    code: Optional[str]


def read(model: Type[ResultT], body: bytes, *, needs_body: bool) -> ResultT:
    """Return the model of a successful answer, flat or in an envelope; NotAsDocumented for anything else."""
    if not needs_body and (not body or body.isspace()):
        return model()
    payload = _parse(body)
    if not isinstance(payload, dict):
        raise NotAsDocumented(f"expected a JSON object, got {_json_type(payload)}")
    if payload.get("success") is False or ("success" not in payload and payload.get("error")):
        message, code = explain_json(payload)
        outcome: Outcome = "refused" if "success" in payload else "unknown"
        words = message or "the service reported a failure without a message"
        raise NotAsDocumented(words, code=code, says_so=True, outcome=outcome)
    try:
        return model.model_validate(_opened(payload, model))
    except ModelError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        path = ".".join(str(step) for step in first["loc"])
    raise NotAsDocumented(f"the field {clip(path, _CODE)} has the wrong type: {first['msg']}")


def _json_type(value: object) -> str:
    kinds = {"bool": "true or false", "list": "an array", "str": "a string", "NoneType": "null"}
    return kinds.get(type(value).__name__, "a number")


def _opened(payload: Dict[str, object], model: Type[BaseModel]) -> Dict[str, object]:
    data = payload.get("data")
    if not isinstance(data, dict) or any(name in payload for name in model.model_fields if name != "success"):
        return payload
    opened = {**payload, **data}
    if "data" not in data:
        del opened["data"]
    return opened


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def _parse(body: bytes) -> object:
    if not body or body.isspace():
        raise NotAsDocumented("expected JSON, got an empty body")
    try:
        text = body.decode()
        payload: object = _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        problem = "a body that is not UTF-8" if isinstance(error, UnicodeDecodeError) else "text that is not JSON"
        problem = "JSON that is nested too deep" if isinstance(error, RecursionError) else problem
    else:
        if text.count("[") + text.count("{") <= _DEEPEST or not _is_deep(payload):
            return _without_surrogates(payload) if "\\ud" in text or "\\uD" in text else payload
        problem = "JSON that is nested too deep"
    raise NotAsDocumented(f"expected JSON, got {problem}{_excerpt(body)}")


def _without_surrogates(payload: object) -> object:
    # JSON can escape half a surrogate pair, which can neither be printed nor encoded. One such memory must not spoil
    # every search that finds it.
    return json.loads(json.dumps(payload, ensure_ascii=False).encode(errors="replace"))


def _is_deep(payload: object) -> bool:
    level: List[object] = [payload]
    for _depth in range(_DEEPEST):
        level = [child for parent in level for child in _children(parent)]
    return bool(level)


def _children(value: object) -> List[object]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [child for child in inner if isinstance(child, (dict, list))]


def _excerpt(body: bytes) -> str:
    # Anything like JSON, in whatever encoding or wrapping, may be a truncated answer with the text of a memory.
    start = re.split(rb'[{\[]|^"', body[: _EXCERPT * 4].lstrip(_BLANKS), maxsplit=1)[0][:_EXCERPT]
    return f", which starts with {clip(start.decode('utf-8', 'replace'), _EXCERPT)!r}" if start else ""


def explain(status: int, headers: Mapping[str, str], body: bytes) -> Tuple[str, Optional[str]]:
    """Return the message and code of a refusal; the message is ours if its body has none."""
    try:
        message, code = explain_json(_DECODER.decode(body.decode()))
    except (ValueError, RecursionError):
        message = code = None
    return message or _plain(status, headers), code


def _plain(status: int, headers: Mapping[str, str]) -> str:
    if 300 <= status <= 399:
        target = _host(headers.get("location", ""))
        return f"the service answered with a redirect {target}; redirects are not followed"
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
    return f"to {clip(host, _CODE)}" if host else "without a location"


def explain_json(payload: object) -> Explanation:
    """Return the message and code of a parsed body, in any form that services and gateways use."""
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
    objects: Tuple[object, ...] = (payload, nested, payload.get("data"))
    for fields in objects:
        for name in ("code", "type") if fields is nested else ("code",):
            value = fields.get(name) if isinstance(fields, dict) else None
            shown = clip(str(value), _CODE) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
            if shown:
                return shown
    return None
