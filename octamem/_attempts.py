"""The record of one attempt, and the outcome of a call that its attempts add up to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Optional, Tuple

Outcome = Literal["not_sent", "refused", "unknown"]
"""The outcome of a failed call: it was never sent, the service refused it, or it may have been carried out."""


AttemptOutcome = Literal["done", "not_sent", "refused", "unknown"]
"""The outcome of one attempt: that of a call, or `done` if it succeeded."""


@dataclass(frozen=True)
class AttemptRecord:
    """One HTTP request of a call.

    `operation` is `add`, `search` or `details`. `number` counts from 1. `at` is when it was sent, in seconds since the
    epoch. `waited` and `elapsed` are the seconds before it was sent and until it ended. `status` is the HTTP status, or
    None if no answer came; `cause` then says why. `outcome` is `done` for the attempt that succeeded.
    """

    operation: str
    number: int
    at: float
    waited: float
    elapsed: float
    outcome: AttemptOutcome
    status: Optional[int] = None
    cause: Optional[str] = None
    request_id: Optional[str] = None


def overall_outcome(attempts: Tuple[AttemptRecord, ...]) -> Outcome:
    """Return the least certain outcome among the attempts: one that may have been carried out is enough."""
    outcomes = {attempt.outcome for attempt in attempts}
    if "unknown" in outcomes:
        return "unknown"
    return "refused" if "refused" in outcomes else "not_sent"
