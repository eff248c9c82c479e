"""Parses the body of an answer as JSON, in whatever way services write it."""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from typing import List

from octamem._redact.show import clip

_EXCERPT = 120
_BLANKS = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"
"""Byte order marks and white space, in any encoding of Unicode."""

_MARKS = (BOM_UTF8, BOM_UTF16_LE, BOM_UTF16_BE)
_FIRST_BLANKS = b"\xef \t\r\n\v\f"

_DEEPEST = 64
"""No answer of a memory service is nested deeper, and printing such a model would fail."""


class NotJson(Exception):
    """The body is not JSON, or nested too deep; the message says how it starts unless that may be a memory."""


def is_blank(body: bytes) -> bool:
    """Return whether the body holds nothing except white space, after a byte order mark if there is one."""
    return not body or (body[:1] in _FIRST_BLANKS and not body.removeprefix(BOM_UTF8).strip())


def parse(body: bytes) -> object:
    """Return the JSON value of a body that is not blank; NotJson if there is none."""
    try:
        text = _decode(body)
        payload = _loads(text)
    except (ValueError, RecursionError) as error:
        problem = "a body that is not UTF-8" if isinstance(error, UnicodeDecodeError) else "text that is not JSON"
        problem = "JSON that is nested too deep" if isinstance(error, RecursionError) else problem
    else:
        if text.count("[") + text.count("{") <= _DEEPEST or not _is_deep(payload):
            return _without_surrogates(payload) if "\\ud" in text or "\\uD" in text else payload
        problem = "JSON that is nested too deep"
    raise NotJson(f"expected JSON, got {problem}{_excerpt(body)}")


def _decode(body: bytes) -> str:
    if body.startswith(_MARKS) or b"\0" in body[:4]:
        return body.decode(json.detect_encoding(body))
    return body.decode()


def _loads(text: str) -> object:
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError:
        raise
    except ValueError:
        # A number has more digits than Python converts. It must not lose the fields beside it.
        return _DIGITS_DECODER.decode(text)


def _int_or_digits(digits: str) -> object:
    try:
        return int(digits)
    except ValueError:
        return digits


_DECODER = json.JSONDecoder()
_DIGITS_DECODER = json.JSONDecoder(parse_int=_int_or_digits)


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
