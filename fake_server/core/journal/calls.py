"""The journal grouped by call: the fault, the wait and the effect of each attempt, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timezone
from email.utils import parsedate_to_datetime
from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple

from fake_server.core.clock import START, TICKS, iso
from fake_server.core.key_text import blank_key

from .entry import Entry, Kind
from .summary import attempt_more, call_more

__all__ = ["AttemptView", "CallRecord", "call_of", "calls_of", "groups_of"]


@dataclass(frozen=True, repr=False)
class AttemptView:
    """One attempt of a call: one HTTP request and what became of it.

    `number` counts from 1. `kind` is "first"; "retry" if the SDK sent it again (its X-OctaMem-Attempt is higher than
    any before, or there is no such header); "repeat" if a layer below the SDK sent the same attempt again. `waited` is
    in seconds of the fake's clock from the arrival of the attempt before it to its own, None for the first; `at` in
    ticks (microseconds) since the clock's start. `retry_after` is in seconds from its answer: None if that asked for
    nothing, or for nonsense. `stored` are the ids of the memories that it truly stored. `request_id` is what its answer
    carries as X-Request-Id.
    """

    entry: Entry
    number: int
    kind: Kind
    waited: Optional[float]
    at: int
    fault: Optional[str]
    status: Optional[int]
    retry_after: Optional[float]
    stored: Tuple[str, ...]
    notes: Tuple[str, ...]
    request_id: str

    def __repr__(self) -> str:
        """Show what came of it, and when, without any text."""
        after = "" if self.waited is None else f" after {self.waited:g} s"
        fault = f", fault: {self.fault}" if self.fault else ""
        answer = self.status or "no answer"
        return f"<attempt {self.number}: {self.kind}{after}, at {self.at / TICKS:g} s -> {answer}{fault}>"

    def as_dict(self) -> Dict[str, Any]:
        """Return the attempt as JSON values: with what was sent back, and what truly changed."""
        entry = self.entry.as_dict()
        return {
            "seq": entry["seq"],
            "at": iso(self.at),
            "number": self.number,
            "kind": self.kind,
            "waited": self.waited,
            "request_id": self.request_id,
            "fault": entry["fault"],
            "status": self.status,
            "retry_after": self.retry_after,
            "response": entry["response"],
            "effect": entry["effect"],
            "stored": self.entry.blanked(self.stored),
            "notes": entry["notes"],
            **self.entry.blanked(attempt_more(self.entry)),
        }


@dataclass(frozen=True)
class CallRecord:
    """One logical call with its attempts, oldest first, as far as the journal still keeps them.

    `request` is the body of the first attempt: a JSON object, or the beginning of any other body; `content`,
    `query` and `previous_context` are its texts. `stored` are the ids truly stored, by all attempts. `status` is the
    last answer's, None if there was none. `delivered` says that the last attempt's answer was a success and reached
    the client whole, as far as the fake can know. `key_id` is the short id of the key, "" if it opens nothing. The repr
    leaves out the key and all texts.
    """

    id: str
    key: str = field(repr=False)
    key_id: str
    endpoint: Optional[str]
    attempts: Tuple[AttemptView, ...]
    request: Any = field(repr=False)
    content: Optional[str] = field(repr=False)
    query: Optional[str] = field(repr=False)
    previous_context: Optional[str] = field(repr=False)
    stored: Tuple[str, ...]
    status: Optional[int]
    delivered: bool

    def as_dict(self) -> Dict[str, Any]:
        """Return the call as JSON values, every key in it blanked."""
        blanked = self.attempts[0].entry.blanked
        return {
            "id": self.id,
            "key": blank_key(self.key),
            "key_id": self.key_id or None,
            "endpoint": self.endpoint,
            **blanked(call_more([attempt.entry for attempt in self.attempts])),
            "request": self.attempts[0].entry.request_shown(),
            "idempotency_key": blanked(self.attempts[0].entry.idempotency_key),
            "stored": blanked(self.stored),
            "status": self.status,
            "delivered": self.delivered,
            "attempts": [attempt.as_dict() for attempt in self.attempts],
        }


def calls_of(entries: Iterable[Entry]) -> List[CallRecord]:
    """Group attempts by call; the calls stand in the order of their first attempts."""
    return [call_of(group) for group in groups_of(entries)]


def groups_of(entries: Iterable[Entry]) -> List[List[Entry]]:
    """Return the attempts of each call; the calls stand in the order of their first attempts."""
    groups: Dict[int, List[Entry]] = {}
    for entry in entries:
        groups.setdefault(id(entry.call), []).append(entry)
    return list(groups.values())


def call_of(group: Sequence[Entry]) -> CallRecord:
    """Return the call of attempts that all belong to it, oldest first."""
    first, last = group[0], group[-1]
    request = first.request
    return CallRecord(
        id=first.call.id,
        key=first.key,
        key_id=first.key_id,
        endpoint=first.endpoint,
        attempts=tuple(_view(entry) for entry in group),
        request=request,
        content=_text(request, "content"),
        query=_text(request, "query"),
        previous_context=_text(request, "previousContext"),
        stored=tuple(identity for entry in group for identity in entry.stored),
        status=last.status,
        delivered=last.delivered,
    )


def _view(entry: Entry) -> AttemptView:
    return AttemptView(
        entry=entry,
        number=entry.attempt,
        kind=entry.kind,
        waited=None if entry.since is None else entry.since / TICKS,
        at=entry.ticks,
        fault=entry.fault,
        status=entry.status,
        retry_after=_seconds(entry.retry_after, entry.ticks),
        stored=entry.stored,
        notes=tuple(entry.notes),
        request_id=entry.request_id,
    )


def _text(request: Any, name: str) -> Optional[str]:
    value = request.get(name) if isinstance(request, dict) else None
    return value if isinstance(value, str) else None


def _seconds(asked: Optional[str], now: int) -> Optional[float]:
    """Read a Retry-After, given at `now` in ticks, as seconds; None if it is nonsense, 0 for a date in the past."""
    text = (asked or "").strip()
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return float(text[:18])
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:  # "-0000": UTC, from an unknown time zone
            moment = moment.replace(tzinfo=timezone.utc)
        return max(0.0, (moment - START).total_seconds() - now / TICKS)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
