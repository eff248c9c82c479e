"""What a report tells of one test and its calls, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence

from fake_server.core.clock import TICKS
from fake_server.core.settings import blank_key

from .timeline import call_name

if TYPE_CHECKING:
    from fake_server.core import Fake
    from fake_server.core.journal.calls import AttemptView, CallRecord

__all__ = ["TestStory", "calls_told", "told_of"]

CALLS_KEPT = 60  # of one test: more lanes than a reader follows


@dataclass
class TestStory:
    """One test of the run, or a file that could not be collected; what became of each phase, in pytest's own words.

    `duration` is in real seconds; `told` is None where no fake of the kit was used.
    """

    __test__ = False  # its name is no test's

    node: str
    outcomes: List[str] = field(default_factory=list)
    reasons: List[str] = field(default_factory=list)
    duration: float = 0.0
    told: Optional[Dict[str, Any]] = None

    @property
    def outcome(self) -> str:
        """The worst of what became of its phases."""
        return next((each for each in WORST_FIRST if each in self.outcomes), "passed")


WORST_FIRST = ("failed", "error", "xpassed", "xfailed", "skipped")


def told_of(fake: Fake, seed: int) -> Dict[str, Any]:
    """Give what the page shows of one test as plain values: keys blanked, and no text of a memory."""
    calls = fake.calls
    return {
        "seed": seed,
        "earlier": max(0, len(calls) - CALLS_KEPT),
        "dropped": fake.dropped(),
        "ended": fake.now() / TICKS,
        "memories": len(fake.memories()),
        "calls": calls_told(calls),
    }


def calls_told(calls: Sequence[CallRecord]) -> List[Dict[str, Any]]:
    """Give what a drawing shows of calls, of the last sixty where there are more, as plain values."""
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
