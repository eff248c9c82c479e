"""The promises that chaos holds a program to unless told otherwise: each looks at one round that is over."""

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
"""What is held to unless told otherwise."""


def without(*names: str) -> Tuple[Invariant, ...]:
    """Give the default promises but for these, for `invariants=`; ValueError for a name that none of them has."""
    known = [invariant.name for invariant in INVARIANTS]
    for name in names:
        if name not in known:
            raise ValueError(f"without({name!r}): no promise is called so; there are {', '.join(known)}")
    return tuple(invariant for invariant in INVARIANTS if invariant.name not in names)
