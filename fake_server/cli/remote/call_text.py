"""A call as text: the row of a list, the line of an attempt, and all of it."""

from __future__ import annotations

import json
from typing import Any, Iterator, List, Mapping, Sequence, Tuple

from .text import columns, one_line, printable

__all__ = ["HEADER", "attempt_row", "call_row", "call_text"]

HEADER = ("TIME", "CALL", "KEY", "ENDPOINT", "ATTEMPTS", "RESULT", "TEXT")

Call = Mapping[str, Any]
Row = Tuple[str, ...]


def call_row(call: Call) -> Row:
    """Return the cells of a call below HEADER."""
    attempts: Sequence[Mapping[str, Any]] = call["attempts"]
    lane = " > ".join(_saw(each) for each in attempts)
    return (_time(attempts[0]["at"]), call["id"], _key(call), call["endpoint"] or "?", lane, _result(call), _said(call))


def attempt_row(call: Call, attempt: Mapping[str, Any]) -> Row:
    """Return the cells of one attempt of a call, below HEADER too."""
    number = f"{attempt['number']}: {_saw(attempt)}"
    return (
        _time(attempt["at"]),
        call["id"],
        _key(call),
        call["endpoint"] or "?",
        number,
        _effect(attempt),
        _said(call),
    )


def call_text(call: Call) -> str:
    """Return all of a call: what was sent, and each attempt with its answer."""
    return "\n".join(_lines(call))


def _lines(call: Call) -> Iterator[str]:
    yield f"call {call['id']}: {call['endpoint'] or 'no endpoint'} by {_key(call)}, {_result(call)}"
    yield from _json_lines("sent", call["request"])
    for each in call["attempts"]:
        waited = "" if each["waited"] is None else f", {each['waited']:g} s later"
        yield f"attempt {each['number']} ({each['kind']}{waited}) at {each['at']}"
        facts: List[Tuple[str, str]] = [
            ("fault", each["fault"] or ""),
            ("answered", _saw(each)),
            ("effect", _effect(each)),
            ("asked to wait", "" if each["retry_after"] is None else f"{each['retry_after']:g} s"),
            ("request id", each["request_id"]),
            *(("note", note) for note in each["notes"]),
        ]
        yield from (f"  {line}" for line in columns([fact for fact in facts if fact[1]]))
        yield from _json_lines("  answer", each["response"])


def _json_lines(name: str, value: Any) -> Iterator[str]:
    if value is not None:
        text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
        yield f"{name}:"
        yield from (f"    {printable(line)}" for line in text.splitlines())


def _key(call: Call) -> str:
    return " ".join(str(each) for each in (call.get("key_id"), call["key"]) if each) or "no key"


def _time(at: str) -> str:
    """Return the time of day of a moment in ISO 8601, to the millisecond."""
    clock = at.partition("T")[2].rstrip("Z")
    seconds, _, fraction = clock.partition(".")
    return f"{seconds}.{fraction[:3]:0<3}"


def _saw(attempt: Mapping[str, Any]) -> str:
    if attempt["status"] is not None:
        return str(attempt["status"])
    return one_line(str(attempt["fault"] or "no answer")).partition("(")[0].partition(" ")[0]


def _effect(attempt: Mapping[str, Any]) -> str:
    stored: Sequence[str] = attempt["stored"]
    parts = [f"stored {', '.join(stored)}"] if stored else []
    return "; ".join([*parts, *([f"fault {attempt['fault']}"] if attempt["fault"] else [])])


def _result(call: Call) -> str:
    stored, last = len(call["stored"]), call["attempts"][-1]
    if stored > 1:
        return "stored twice" if stored == 2 else f"stored {stored} times"
    if stored:
        return "1 stored" if call["delivered"] else "1 stored, answer lost"
    if not call["delivered"]:
        return f"failed, {_saw(last)}"
    found = _found(last["response"])
    return "answered" if found is None else f"{found} found" if found else "nothing found"


def _found(response: Any) -> Any:
    data = response.get("data", response) if isinstance(response, dict) else {}
    results = data.get("results") if isinstance(data, dict) else None
    return len(results) if isinstance(results, list) else None


def _said(call: Call) -> str:
    request = call["request"]
    fields = request if isinstance(request, dict) else {}
    return one_line(str(fields.get("content") or fields.get("query") or ""))
