"""The outcome of a call, and the flags by which a reader looks for it."""

from __future__ import annotations

from typing import Dict, Optional, Sequence, Tuple

from .entry import RETRYABLE, Entry
from .funnel import Funnel
from .progress import is_open

__all__ = ["FLAGS", "OUTCOMES", "counted", "flags", "met_faults", "outcome", "result"]

OUTCOMES = ("open", "answered", "refused", "failed")
"""What became of a call: it still waits, its last answer was a success, a refusal that no retry helps, or neither."""

FLAGS = ("failed", "retried", "stored_twice", "nothing_found", "fault")
"""What to look for in calls, in the order of a page's chips; `failed` includes what was refused."""

_CAUSES = {
    "no_memories": "no memories",
    "context": "context",
    "index_delay": "index delay",
    "no_term": "no term",
    "ranker": "search=",
    "fault": "fault",
}


def outcome(entries: Sequence[Entry]) -> str:
    """Return one of OUTCOMES for a call by its attempts, oldest first."""
    return _kept(entries)[0]


def flags(entries: Sequence[Entry]) -> Tuple[str, ...]:
    """Return which of FLAGS a call has."""
    return _kept(entries)[1]


def _kept(entries: Sequence[Entry]) -> Tuple[str, Tuple[str, ...]]:
    """Return the outcome and the flags: kept with the call, since a list asks for those of ten thousand."""
    call, last = entries[0].call, entries[-1]
    at = (call.rev, len(entries), last.seq)
    if call.facts is None or call.facts[0] != at:
        became = _outcome(entries)
        call.facts = (at, (became, _flags(entries, became)))
    facts: Tuple[str, Tuple[str, ...]] = call.facts[1]
    return facts


def _outcome(entries: Sequence[Entry]) -> str:
    last = entries[-1]
    if any(map(is_open, entries)):
        return "open"
    if last.delivered:
        return "answered"
    refused = last.status is not None and 400 <= last.status < 500 and last.status not in RETRYABLE
    return "refused" if refused and not last.lost else "failed"


def _flags(entries: Sequence[Entry], became: str) -> Tuple[str, ...]:
    has = {
        "failed": became in {"refused", "failed"},
        "retried": len(entries) > 1 or entries[0].attempt > 1,
        "stored_twice": sum(len(entry.stored) for entry in entries) > 1,
        "nothing_found": entries[-1].hits == 0 and entries[-1].delivered,
        "fault": any(map(met_faults, entries)),
    }
    return tuple(name for name in FLAGS if has[name])


def met_faults(entry: Entry) -> bool:
    """Return whether an attempt met a fault; `ok` is none."""
    return entry.fault is not None and entry.fault != "ok"


def counted(calls: Sequence[Tuple[str, ...]]) -> Dict[str, int]:
    """Return how many calls there are in all, and with each flag, given the flags of each."""
    counts: Dict[str, int] = dict.fromkeys(FLAGS, 0)
    for names in calls:
        for name in names:
            counts[name] += 1
    return {"all": len(calls), **counts}


def result(entries: Sequence[Entry]) -> str:
    """Return what became of a call, in a few words."""
    last, stored = entries[-1], [name for entry in entries for name in entry.stored]
    became = outcome(entries)
    if became == "open":
        return "Open"
    if len(stored) > 1:
        return "Stored twice" if len(stored) == 2 else f"Stored {len(stored)} times"
    if became in {"refused", "failed"}:
        return f"{became.capitalize()}, {_how(last)}"
    if last.hits is not None:
        return f"{last.hits} found" if last.hits else _nothing(last.search)
    if "lost" in last.effect:
        return "Answered, nothing stored"
    return f"{len(stored)} stored" if stored else "Answered"


def _nothing(search: Optional[Funnel]) -> str:
    cause = None if search is None else search.cause
    return "Nothing found" if cause is None else f"Nothing found: {_CAUSES[cause]}"


def _how(last: Entry) -> str:
    if last.lost:
        return "the client left"
    if last.dropped is not None:
        return last.dropped
    return f"{last.status} spoilt" if last.spoilt else str(last.status)
