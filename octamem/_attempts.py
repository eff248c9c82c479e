"""The record of one attempt, and what all attempts of a call say of its outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Optional, Tuple

Outcome = Literal["not_sent", "refused", "unknown"]
"""What is known of a call that failed: it never left, it was answered with a refusal, or it may have been done."""


Verdict = Literal["done", "not_sent", "refused", "unknown"]
"""What is known of one attempt: as of a call, or that it succeeded."""


@dataclass(frozen=True)
class AttemptRecord:
    """One HTTP request of a call, as it went.

    `operation` is `add`, `search` or `details`; `number` counts from 1; `at` is when it was sent, in seconds since
    the epoch; `waited` and `elapsed` are seconds, before it was sent and until its end. `status` is the HTTP status,
    or None where no answer came and `cause` says why. `outcome` is `done` for the attempt that succeeded.
    """

    operation: str
    number: int
    at: float
    waited: float
    elapsed: float
    outcome: Verdict
    status: Optional[int] = None
    cause: Optional[str] = None
    request_id: Optional[str] = None


def overall_outcome(attempts: Tuple[AttemptRecord, ...]) -> Outcome:
    """Return the least certain outcome among the attempts: one that may have been carried out is enough."""
    outcomes = {attempt.outcome for attempt in attempts}
    if "unknown" in outcomes:
        return "unknown"
    return "refused" if "refused" in outcomes else "not_sent"
