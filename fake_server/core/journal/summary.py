"""The summary of a call: what a row of a list shows, without bodies."""

from __future__ import annotations

from typing import Any, Dict, Optional, Sequence

from fake_server.core.clock import TICKS, iso
from fake_server.core.key_text import blank_key
from fake_server.core.redaction import beginning

from .entry import Entry
from .outcome import flags, met_faults, outcome, result
from .progress import client_saw, cut, duration, is_open, reached

__all__ = ["attempt_more", "call_more", "context_of", "summary", "text_of"]

TEXT = 200  # characters of a text that a row shows


def summary(entries: Sequence[Entry]) -> Dict[str, Any]:
    """Return the row of a call by its attempts, oldest first, as JSON values; the key is blanked."""
    first = entries[0]
    text = text_of(first)
    return {
        "id": first.call.id,
        "key": blank_key(first.key),
        "endpoint": first.endpoint,
        "text": None if text is None else beginning(text, TEXT, first.blanked),
        "previousContext": first.blanked(context_of(first)),
        **call_more(entries),
        "status": entries[-1].status,
        "stored": first.blanked([name for entry in entries for name in entry.stored]),
        "attempts": [_attempt(entry) for entry in entries],
    }


def call_more(entries: Sequence[Entry]) -> Dict[str, Any]:
    """Return what a summary and a whole call both say of a call, beside what they always said."""
    first = entries[0]
    return {
        "rev": first.call.rev,
        "seq": first.seq,
        "at": iso(first.ticks),
        "key_id": first.key_id or None,
        "outcome": outcome(entries),
        "flags": list(flags(entries)),
        "result": result(entries),
    }


def attempt_more(entry: Entry) -> Dict[str, Any]:
    """Return how far an attempt came, and why its search found nothing."""
    return {
        "open": is_open(entry),
        "duration": duration(entry),
        "reached": reached(entry),
        "cut": cut(entry),
        "client_saw": client_saw(entry),
        "dropped": entry.dropped,
        "same_idempotency_key": None if entry.attempt == 1 else entry.call.has_token,
        "found": entry.hits,
        "search": None if entry.search is None else entry.search.as_dict(),
    }


def text_of(entry: Entry) -> Optional[str]:
    """Return the text that an attempt is about: its content or query, else the beginning of its body."""
    request = entry.request
    if not isinstance(request, dict):
        return request if isinstance(request, str) else None
    for name in ("content", "query"):
        if isinstance(request.get(name), str):
            return str(request[name])
    return None


def context_of(entry: Entry) -> Optional[str]:
    """Return the context that an attempt names, None if it names none."""
    request = entry.request
    context = request.get("previousContext") if isinstance(request, dict) else None
    return context if isinstance(context, str) and context else None


def _attempt(entry: Entry) -> Dict[str, Any]:
    return {
        "number": entry.attempt,
        "kind": entry.kind,
        "at": iso(entry.ticks),
        "waited": None if entry.since is None else entry.since / TICKS,
        "fault": entry.blanked(entry.fault) if met_faults(entry) else None,
        "status": entry.status,
        "stored": len(entry.stored),
        "open": is_open(entry),
        "duration": duration(entry),
        "client_saw": client_saw(entry),
        "cause": None if entry.search is None else entry.search.cause,
    }
