"""JSON as the service reads it: strictly, with a sentence for each body that it refuses."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Dict, Mapping, Optional

from pydantic_core import PydanticSerializationError, from_json, to_json

from .wording import expected, json_kind, name_shown, required

__all__ = [
    "UNICODE",
    "BadBody",
    "encode",
    "is_text",
    "optional_text",
    "read_object",
    "read_text",
    "read_value",
    "text_field",
]

MAX_DIGITS = 4300  # as CPython's own int() has it
MAX_NESTING = 64  # our decision: docs/fidelity.md
UNICODE = ("valid Unicode", "a lone surrogate")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_TEXT = frozenset({str})
_OPENING, _CLOSING = frozenset("{["), frozenset("}]")
_NO_BRACKETS = re.compile(r"[^\[\]{}]+")


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False).encode


def encode(value: Any) -> bytes:
    """Write a value as JSON in UTF-8; a lone surrogate becomes a question mark, so that writing never fails."""
    try:
        return to_json(value)  # a third of the time that `json` takes
    except PydanticSerializationError:  # of a lone surrogate, or of what is no JSON
        return _encode(value).encode("utf-8", "replace")


class BadBody(ValueError):
    """A body that is refused; the message names the field.

    `odd_name` is that of a field, or of its text, that is no Unicode: a client may have given it any name.
    """

    def __init__(self, message: str, odd_name: Optional[str] = None) -> None:
        super().__init__(message)
        self.odd_name = odd_name

    def sentence(self) -> str:
        """Return the message for who reads it now."""
        return str(self) if self.odd_name is None else expected(name_shown(self.odd_name), *UNICODE)


def _refuse_constant(name: str) -> Any:
    raise BadBody(expected("body", "JSON", name))


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > MAX_DIGITS:
        raise BadBody(expected("body", f"integers of at most {MAX_DIGITS} digits", str(len(digits.lstrip("-")))))
    return int(digits)


def _fraction(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise BadBody(expected("body", "numbers below 1.8e308", "a larger one"))
    return value


_decoder = json.JSONDecoder(parse_int=_integer, parse_float=_fraction, parse_constant=_refuse_constant)


def _decode(text: str) -> Any:
    """Read JSON, as the decoder does, which looks for white space twice before it finds that there is none."""
    if text[:1] in _OPENING and text[-1:] in _CLOSING:
        value, end = _decoder.raw_decode(text)
        if end == len(text):
            return value
    return _decoder.decode(text)


def _is_too_deep(text: str) -> bool:
    """Return whether brackets outside strings nest deeper than MAX_NESTING; a string that never closes runs on."""
    # In passes that never look back, whatever the text is: without escapes, every second part is a string.
    outside = text.replace("\\\\", "").replace('\\"', "").split('"')[::2]
    level = 0
    for mark in _NO_BRACKETS.sub("", "".join(outside)):
        level += 1 if mark in "[{" else -1
        if level > MAX_NESTING:
            return True
    return False


def read_text(body: bytes) -> str:
    """Read UTF-8; raises BadBody for anything else."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadBody(expected("body", "UTF-8", f"another byte at position {error.start}")) from None


def read_value(body: bytes) -> Any:
    """Read any JSON value; raises BadBody, which names the field, if it is not JSON or holds something refused."""
    text = read_text(body)
    # Counted first: a decoder that recurses must never meet what would exhaust its stack.
    if body.count(b"[") + body.count(b"{") > MAX_NESTING and _is_too_deep(text):
        raise BadBody(expected("body", f"at most {MAX_NESTING} levels of nesting", "more"))
    try:
        value = _decode(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        got = f"an error at {place}: {error.msg}" if text.strip() else "an empty body"
        raise BadBody(expected("body", "JSON", got)) from None
    if _SURROGATE.search(body) is not None:
        parts = value.items() if isinstance(value, dict) else [("body", value)]
        for name, part in parts:
            if not is_text(name) or not is_text(part):
                raise BadBody(expected(name_shown(name), *UNICODE), name)
    return value


def _texts(body: bytes) -> Optional[Dict[str, str]]:
    """Read an object of texts alone, which clients send; None for any other body, and for one that is refused.

    It takes a fifth of the time of `json`. That has a say in all else: numbers, nesting, lone surrogates, and escapes
    by number, which pydantic-core 2.18 takes for Latin-1.
    """
    if b"\\u" in body:
        return None
    try:
        value = from_json(body, cache_strings="keys")
    except ValueError:
        return None
    return value if isinstance(value, dict) and _TEXT.issuperset(map(type, value.values())) else None


def read_object(body: bytes) -> Dict[str, Any]:
    """Read a JSON object; raises BadBody, which names the field, for anything else."""
    texts = _texts(body)
    if texts is not None:
        return texts
    value = read_value(body)
    if not isinstance(value, dict):
        raise BadBody(expected("body", "a JSON object", json_kind(value)))
    return value


def text_field(fields: Mapping[str, Any], name: str) -> str:
    """Return a required text; raises BadBody if it is missing, empty, blank or not a string."""
    value = fields.get(name)
    if value is None and name not in fields:
        raise BadBody(required(name))
    if not isinstance(value, str):
        raise BadBody(expected(name, "a string", json_kind(value)))
    if not value or value.isspace():
        raise BadBody(f"{name} must not be {'blank' if value else 'empty'}")
    return value


def optional_text(fields: Dict[str, Any], name: str) -> str:
    """Return an optional text, "" if it is absent; raises BadBody if it is not a string."""
    value = fields.get(name, "")
    if not isinstance(value, str):
        raise BadBody(expected(name, "a string", json_kind(value)))
    return value


def is_text(value: Any) -> bool:
    """Return whether a JSON value can be written in UTF-8, which has no lone surrogates."""
    try:
        _encode(value).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
