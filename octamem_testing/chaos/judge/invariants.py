"""The promises that chaos holds a program to unless told otherwise: each looks at one round that is over."""

from __future__ import annotations

from typing import Tuple

from .invariant import Promise
from .outcome_invariants import AcknowledgedOnce, NothingUnasked, OnlyDocumentedErrors, OwnAnswer, Recovers
from .retry_invariants import Bounded, Delayed, RefusalsNotRepeated, RetryAfterHonoured, SameCall

__all__ = ["PROMISES", "without"]

PROMISES: Tuple[Promise, ...] = (
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


def without(*names: str) -> Tuple[Promise, ...]:
    """Give the default promises but for these, for `invariants=`; ValueError for a name that none of them has."""
    known = [promise.name for promise in PROMISES]
    for name in names:
        if name not in known:
            raise ValueError(f"without({name!r}): no promise is called so; there are {', '.join(known)}")
    return tuple(promise for promise in PROMISES if promise.name not in names)
