"""Excuses: violations that only more time than in the baseline, or the next item of an input, makes."""

from __future__ import annotations

from dataclasses import replace
from typing import Tuple

from octamem_testing.chaos.scenario.trial import Round

from .heartbeats import as_slow
from .invariant import Violation, violations
from .next_items import with_next_items

__all__ = ["without_heartbeats", "without_next_items"]


def without_heartbeats(found: Tuple[Violation, ...], result: Round) -> Tuple[Violation, ...]:
    """Leave out what is violated only because the program had more time than in the baseline."""
    slow = as_slow(result) if found and result.reference is not None else None
    if slow is None:
        return found
    return violations([invariant for invariant, _ in found], replace(result, reference=slow))


def without_next_items(found: Tuple[Violation, ...], result: Round) -> Tuple[Violation, ...]:
    """Leave out what is violated only if the next item of an input is taken for a retry of the one before."""
    if not found or result.reference is None:
        return found
    judged = [invariant for invariant, _ in found]
    apart = with_next_items(result, lambda other: len(violations(judged, other)) < len(found))
    return found if apart is None else violations(judged, apart)
