"""The promises that chaos holds a program to unless told otherwise: each looks at one round that is over."""

from __future__ import annotations

from typing import Tuple

from .conduct import Bounded, Delayed, RefusalsNotRepeated, RetryAfterHonoured, SameCall
from .outcomes import AcknowledgedOnce, NothingUnasked, OnlyDocumentedErrors, OwnAnswer, Recovers
from .round import Promise

__all__ = ["PROMISES"]

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
