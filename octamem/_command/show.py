"""What the command prints of a result: text to read, without control characters, or JSON."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, List, TextIO

from octamem._models import AddResult, MemoryDetails, SearchResult
from octamem._redact.redact import redact
from octamem._redact.secret import Secret
from octamem._settings import KEY_VARIABLE


def printable(text: str) -> str:
    """Return the text without the control characters by which a stored memory could steer a terminal."""
    return "".join(each if each.isprintable() or each in "\n\t" else "�" for each in text.replace("\r\n", "\n"))


def complain(text: str) -> None:
    """Print a line on standard error, without the key, wherever a user may have put that."""
    key = os.environ.get(KEY_VARIABLE, "").strip()
    print(printable(redact(text, Secret(key), ()) if key else text), file=sys.stderr)


def found(result: SearchResult) -> str:
    """Return the memories that a search found, the best first."""
    items: List[str] = []
    for number, record in enumerate(result.results, 1):
        lines = printable(record.content or "(no content)").strip().splitlines()
        score = "" if record.score is None else f"score {record.score}"
        facts = [str(fact) for fact in (record.type, score, record.source, record.created_at, record.id) if fact]
        lines += [printable(" · ".join(facts))] if facts else []
        items.append(f"{number}. " + "\n   ".join(lines))
    return "\n".join(items) or printable(result.format()) or "no memory matches"


def added(result: AddResult) -> str:
    """Return the acknowledgement of a stored memory."""
    return printable(f"stored {result.id}" if result.id else "stored")


def details(result: MemoryDetails) -> str:
    """Return usage and limits, one a line."""
    shown = {"limit": None, **{name: value for name, value in result.model_dump().items() if value is not None}}
    shown.pop("success", None)
    lines = [f"{name}: {'none' if value is None else _plain(value)}" for name, value in shown.items()]
    return printable("\n".join(lines))


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def write_json(value: Any, stream: TextIO) -> None:
    """Print a value as JSON, with escapes if the stream cannot hold every character."""
    unicode = (getattr(stream, "encoding", None) or "").lower().replace("-", "") == "utf8"
    print(json.dumps(value, indent=2, ensure_ascii=not unicode), file=stream)


def be_lenient() -> None:
    """Let a terminal that cannot show a character show its code instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
