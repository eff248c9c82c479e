"""The default invariants, the worst to violate first, and how to leave some of them out."""

from __future__ import annotations

from typing import Iterable, Tuple

from .bounded import Bounded
from .invariant import Invariant
from .outcome_invariants import AcknowledgedOnce, NothingUnasked, OnlyDocumentedErrors, OwnAnswer
from .recovery import Recovers
from .retry_invariants import Delayed, RefusalsNotRepeated, RetryAfterHonoured, SameCall
from .write_order import WritesInOrder

__all__ = ["INVARIANTS", "without", "worst_first"]

_WRONG_DATA: Tuple[Invariant, ...] = (AcknowledgedOnce(), NothingUnasked(), OwnAnswer(), SameCall(), WritesInOrder())
_WRONG_ENDING: Tuple[Invariant, ...] = (OnlyDocumentedErrors(), Bounded(), Recovers())
_IMPOLITE: Tuple[Invariant, ...] = (RetryAfterHonoured(), RefusalsNotRepeated(), Delayed())

INVARIANTS: Tuple[Invariant, ...] = (*_WRONG_DATA, *_WRONG_ENDING, *_IMPOLITE)
"""The invariants that are checked by default, the worst to violate first.

What is lost or stored twice comes first. Then come wrong answers, undocumented errors, what never ends, and what does
not recover. Impatience comes last.
"""

_SEVERITY = {invariant.name: rank for rank, invariant in enumerate(INVARIANTS)}
_OWN = _SEVERITY[_WRONG_ENDING[0].name] - 0.5
"""The rank of an invariant of a user's own: only wrong data is worse than what the user cares for."""


def worst_first(invariants: Iterable[Invariant]) -> Tuple[Invariant, ...]:
    """Return invariants in the order of their severity; those of a user's own follow those about wrong data."""
    return tuple(sorted(invariants, key=lambda invariant: _SEVERITY.get(invariant.name, _OWN)))


def without(*names: str) -> Tuple[Invariant, ...]:
    """Return the default invariants except these, for `invariants=`; raises ValueError for an unknown name."""
    known = [invariant.name for invariant in INVARIANTS]
    for name in names:
        if name not in known:
            raise ValueError(f"without(): unknown invariant {name!r:.80}; expected {', '.join(known)}")
    return tuple(invariant for invariant in INVARIANTS if invariant.name not in names)
