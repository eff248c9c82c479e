"""How the service reads a body: strictly, and with an answer for everything that can be sent."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Dict

__all__ = ["BadBody", "encode", "is_text", "optional_text", "read_object", "read_value", "text_field"]

MAX_DIGITS = 4300  # as CPython's own int() has it
MAX_NESTING = 64  # our decision: docs/fidelity.md
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_NO_BRACKETS = re.compile(r"[^\[\]{}]+")

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False).encode


def encode(value: Any) -> bytes:
    """Write a value as JSON in UTF-8; what is no character becomes a question mark, so that writing never fails."""
    return _encode(value).encode("utf-8", "replace")


class BadBody(ValueError):
    """A body that is refused; the text names the field."""


def _refuse_constant(name: str) -> Any:
    raise BadBody(f"body: {name} is not JSON")


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > MAX_DIGITS:
        raise BadBody(f"body: an integer of {len(digits)} digits; at most {MAX_DIGITS} are taken")
    return int(digits)


def _fraction(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise BadBody("body: a number too large to be held")
    return value


_decode = json.JSONDecoder(parse_int=_integer, parse_float=_fraction, parse_constant=_refuse_constant).decode


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


def read_value(body: bytes) -> Any:
    """Read any JSON value; raises BadBody, naming the field, for what is none or holds what is refused."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadBody(f"body: not UTF-8 at byte {error.start}") from None
    # Counted first: a decoder that recurses must never meet what would exhaust its stack.
    if body.count(b"[") + body.count(b"{") > MAX_NESTING and _is_too_deep(text):
        raise BadBody(f"body: nested deeper than {MAX_NESTING} levels")
    try:
        value = _decode(text)
    except json.JSONDecodeError as error:
        raise BadBody(f"body: not JSON at line {error.lineno}, column {error.colno}: {error.msg}") from None
    if _SURROGATE.search(body) is not None:
        parts = value.items() if isinstance(value, dict) else [("body", value)]
        for name, part in parts:
            if not is_text(name) or not is_text(part):
                raise BadBody(f"{ascii(name)[1:-1]}: a lone surrogate, which is no character")
    return value


def read_object(body: bytes) -> Dict[str, Any]:
    """Read a JSON object; raises BadBody for anything else, naming what is wrong with which field."""
    value = read_value(body)
    if not isinstance(value, dict):
        raise BadBody(f"body: a JSON object is wanted, not {_kind(value)}")
    return value


def text_field(fields: Dict[str, Any], name: str) -> str:
    """Give a required text; raises BadBody where it is missing, no string, empty or blank."""
    value = fields.get(name)
    if value is None and name not in fields:
        raise BadBody(f"{name}: required, and missing")
    if not isinstance(value, str):
        raise BadBody(f"{name}: a string is wanted, not {_kind(value)}")
    if not value or value.isspace():
        raise BadBody(f"{name}: required, and {'blank' if value else 'empty'}")
    return value


def optional_text(fields: Dict[str, Any], name: str) -> str:
    """Give an optional text, "" where it is absent; raises BadBody where it is no string."""
    value = fields.get(name, "")
    if not isinstance(value, str):
        raise BadBody(f"{name}: a string is wanted, not {_kind(value)}")
    return value


def is_text(value: Any) -> bool:
    """Say whether a JSON value can be written in UTF-8, lone surrogates being what cannot."""
    try:
        _encode(value).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    return {str: "a string", int: "a number", float: "a number", list: "an array", dict: "an object"}[type(value)]
