"""A call as text: the row of a list, the row of an attempt, and all that is known of it."""

from __future__ import annotations

import json
from typing import Any, Iterator, List, Mapping, Optional, Tuple

from .text import columns, one_line, printable

__all__ = ["HEADER", "attempt_row", "call_row", "call_text"]

HEADER = ("TIME", "CALL", "KEY", "ENDPOINT", "ATTEMPTS", "RESULT", "TEXT")

Values = Mapping[str, Any]
Row = Tuple[str, ...]

_FUNNEL = (
    ("stored", "stored under the key", ("no_memories",)),
    ("in_context", "in the context", ("context",)),
    ("indexed", "past the index delay", ("index_delay",)),
    ("matching", "with a query term", ("no_term",)),
    ("after_faults", "left by faults", ("fault",)),
    ("returned", "returned", ("ranker",)),
)
_WHOLE = ("answer", "sent")


def call_row(call: Values) -> Row:
    """Return the cells of the summary of a call, below HEADER."""
    lane = " > ".join(map(_saw, call["attempts"]))
    return (*_begin(call, call["at"]), lane, call["result"], _text(call))


def attempt_row(call: Values, attempt: Values) -> Row:
    """Return the cells of one attempt of a call, below HEADER too."""
    stored = f"{attempt['stored']} stored" if attempt["stored"] else ""
    fault = f"fault {attempt['fault']}" if attempt["fault"] else ""
    became = ", ".join(each for each in (stored, fault) if each)
    return (*_begin(call, attempt["at"]), f"{attempt['number']}: {_saw(attempt)}", became, _text(call))


def call_text(call: Values) -> str:
    """Return all of a call: the verdict, what was sent, and each attempt with its answer."""
    return "\n".join(_lines(call))


def _begin(call: Values, at: str) -> Row:
    clock = at.partition("T")[2].rstrip("Z")
    return clock, call["id"], _key(call), call["endpoint"] or "none"


def _key(call: Values) -> str:
    return " ".join(str(each) for each in (call["key_id"], call["key"]) if each) or "no key"


def _text(call: Values) -> str:
    return one_line(call["text"] or "")


def _saw(attempt: Values) -> str:
    """Return what the client saw of an attempt: the status, or how it ended without one."""
    if attempt["open"]:
        return "…"
    saw = attempt["client_saw"]
    if attempt["status"] is None:
        return str(saw)
    return str(attempt["status"]) if saw in _WHOLE else f"{attempt['status']} {saw}"


def _lines(call: Values) -> Iterator[str]:
    verdict = call["verdict"]
    yield f"{call['endpoint'] or 'no endpoint'} by {_key(call)}: {one_line(verdict['title'])}"
    yield from (one_line(verdict[name]) for name in ("text", "remedy") if verdict[name])
    yield from _json_lines("sent", call["request"])
    for attempt in call["attempts"]:
        waited = "" if attempt["waited"] is None else f", {attempt['waited']:g} s after the one before"
        yield f"attempt {attempt['number']} ({attempt['kind']}) at {attempt['at']}{waited}"
        yield from (f"  {line}" for line in columns(_facts(attempt)))
        yield from _json_lines("  answer", attempt["response"])
        yield from _funnel(attempt["search"])


def _facts(attempt: Values) -> List[Tuple[str, str]]:
    asked = attempt["retry_after"]
    facts = (
        ("fault", attempt["fault"]),
        ("client saw", _saw(attempt)),
        ("reached", attempt["reached"]),
        ("cut before", attempt["cut"]),
        ("stored", ", ".join(attempt["stored"])),
        ("asked to wait", None if asked is None else f"{asked:g} s"),
        ("request id", attempt["request_id"]),
        *(("note", note) for note in attempt["notes"]),
    )
    return [(name, str(value)) for name, value in facts if value]


def _funnel(search: Optional[Values]) -> Iterator[str]:
    if search is not None:
        yield "  why nothing was found:"
        rows = [
            (label, str(search[name]), "<- here" if search["cause"] in causes else "")
            for name, label, causes in _FUNNEL
        ]
        yield from (f"    {line}" for line in columns(rows))


def _json_lines(name: str, value: Any) -> Iterator[str]:
    if value is not None:
        text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
        yield f"{name}:"
        yield from (f"    {printable(line)}" for line in text.splitlines())
