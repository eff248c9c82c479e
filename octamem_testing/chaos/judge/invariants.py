"""The default invariants, and how to leave some of them out."""

from __future__ import annotations

from typing import Tuple

from .invariant import Invariant
from .outcome_invariants import AcknowledgedOnce, NothingUnasked, OnlyDocumentedErrors, OwnAnswer, Recovers
from .retry_invariants import Bounded, Delayed, RefusalsNotRepeated, RetryAfterHonoured, SameCall

__all__ = ["INVARIANTS", "without"]

INVARIANTS: Tuple[Invariant, ...] = (
    AcknowledgedOnce(),
    NothingUnasked(),
    OnlyDocumentedErrors(),
    RetryAfterHonoured(),
    RefusalsNotRepeated(),
    Delayed(),
    Bounded(),
    OwnAnswer(),
    SameCall(),
    Recovers(),
)
"""The invariants that are checked by default, in this order."""


def without(*names: str) -> Tuple[Invariant, ...]:
    """Return the default invariants except these, for `invariants=`; raises ValueError for an unknown name."""
    known = [invariant.name for invariant in INVARIANTS]
    for name in names:
        if name not in known:
            raise ValueError(f"without(): unknown invariant {name!r:.80}; expected {', '.join(known)}")
    return tuple(invariant for invariant in INVARIANTS if invariant.name not in names)
