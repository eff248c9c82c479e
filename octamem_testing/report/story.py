"""The story of one test for the report: its outcomes, reasons and calls, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence

from fake_server.core.clock import TICKS
from fake_server.core.settings import blank_key

from .timeline import call_name

if TYPE_CHECKING:
    from fake_server.core import Fake
    from fake_server.core.journal.calls import AttemptView, CallRecord

__all__ = ["TestStory", "call_values", "values_of"]

CALLS_KEPT = 60  # of one test: a reader follows no more lanes


@dataclass
class TestStory:
    """One test of the run, or a file that could not be collected, with the outcome of each phase in pytest's words.

    `duration` is in real seconds; `values` is None if the test used no fake of the kit.
    """

    __test__ = False  # pytest would collect it by its name

    node: str
    outcomes: List[str] = field(default_factory=list)
    reasons: List[str] = field(default_factory=list)
    duration: float = 0.0
    values: Optional[Dict[str, Any]] = None

    @property
    def outcome(self) -> str:
        """The worst outcome of its phases."""
        return next((each for each in WORST_FIRST if each in self.outcomes), "passed")


WORST_FIRST = ("failed", "error", "xpassed", "xfailed", "skipped")


def values_of(fake: Fake, seed: int) -> Dict[str, Any]:
    """Return what the page shows of one test: keys blanked, and no text of a memory."""
    calls = fake.calls
    return {
        "seed": seed,
        "earlier": max(0, len(calls) - CALLS_KEPT),
        "dropped": fake.dropped(),
        "ended": fake.now() / TICKS,
        "memories": len(fake.memories()),
        "calls": call_values(calls),
    }


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
        "stored": list(attempt.stored),
        "notes": list(attempt.notes),
    }
