"""The story of one test for the report: its outcomes, reasons and calls, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence

from fake_server.core.clock import TICKS
from fake_server.core.key_text import blank_key

from .timeline import call_name

if TYPE_CHECKING:
    from fake_server.core import Fake
    from fake_server.core.journal.calls import AttemptView, CallRecord

__all__ = ["TestStory", "call_values", "values_of"]

CALLS_KEPT = 60  # of one test: a reader follows no more lanes
_LAST = 30  # of them at least, however much went wrong before


@dataclass
class TestStory:
    """One test of the run, or a file that could not be collected, with the outcome of each phase in pytest's words.

    `duration` is in real seconds; `values` is None if the test used no fake of the kit. `chaos` is what its hunts
    found.
    """

    __test__ = False  # pytest would collect it by its name

    node: str
    outcomes: List[str] = field(default_factory=list)
    reasons: List[str] = field(default_factory=list)
    duration: float = 0.0
    values: Optional[Dict[str, Any]] = None
    chaos: List[str] = field(default_factory=list)

    @property
    def outcome(self) -> str:
        """The worst outcome of its phases."""
        return next((each for each in WORST_FIRST if each in self.outcomes), "passed")


WORST_FIRST = ("failed", "error", "xpassed", "xfailed", "skipped")


def values_of(fake: Fake, seed: int) -> Dict[str, Any]:
    """Return what the page shows of one test: keys blanked, and no text of a memory.

    `sums` count what happened, and `calls` are those that are drawn.
    """
    calls = fake.calls
    drawn = _drawn(calls)
    attempts = [attempt for call in calls for attempt in call.attempts]
    return {
        "seed": seed,
        "hidden": len(calls) - len(drawn),
        "dropped": fake.dropped(),
        "ended": fake.now() / TICKS,
        "memories": len(fake.memories()),
        "sums": {
            "calls": len(calls),
            "attempts": len(attempts) + fake.dropped(),
            "faults": sum(attempt.fault is not None for attempt in attempts),
            "stored": sum(len(attempt.stored) for attempt in attempts),
        },
        "calls": call_values(drawn),
    }


def _drawn(calls: Sequence[CallRecord]) -> List[CallRecord]:
    """Return the calls that are drawn: the last ones, and of the others those that did not succeed at once."""
    if len(calls) <= CALLS_KEPT:
        return list(calls)
    eventful = [call for call in calls[:-_LAST] if len(call.attempts) > 1 or not call.delivered or _has_fault(call)]
    eventful = eventful[-(CALLS_KEPT - _LAST) :]
    kept = {call.id for call in (*eventful, *calls[len(eventful) - CALLS_KEPT :])}
    return [call for call in calls if call.id in kept][-CALLS_KEPT:]


def _has_fault(call: CallRecord) -> bool:
    return any(attempt.fault is not None for attempt in call.attempts)


def call_values(calls: Sequence[CallRecord]) -> List[Dict[str, Any]]:
    """Return what a drawing shows of calls, of the last sixty if there are more."""
    return [_call(call) for call in calls[-CALLS_KEPT:]]


def _call(call: CallRecord) -> Dict[str, Any]:
    return {
        "name": call_name(call),
        "key": blank_key(call.key) or "no key",
        "delivered": call.delivered,
        "attempts": [_attempt(attempt) for attempt in call.attempts],
    }


def _attempt(attempt: AttemptView) -> Dict[str, Any]:
    return {
        "seq": attempt.entry.seq,
        "number": attempt.number,
        "kind": attempt.kind,
        "at": attempt.at / TICKS,
        "waited": attempt.waited,
        "fault": attempt.fault,
        "status": attempt.status,
        "retry_after": attempt.retry_after,
        "found": attempt.entry.found or None,
        "stored": list(attempt.stored),
        "notes": list(attempt.notes),
    }
