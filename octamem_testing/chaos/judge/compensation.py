"""Compensation: what a saga stores to take back its earlier steps, once a later one has failed for good."""

from __future__ import annotations

from typing import FrozenSet, List

from octamem_testing.chaos.scenario.calls import What
from octamem_testing.chaos.scenario.trial import RequestRecord, Round

__all__ = ["compensations"]


def compensations(over: Round) -> FrozenSet[What]:
    """Return the adds of a round that compensate what it has stored, none if it compensates nothing.

    Each has a text that the baseline does not send. Before them an add was answered, and another one failed and was
    given up. After them comes no add of the baseline, and the program does not say that all went well. An altered
    retry is none of that: it comes as well if the first add fails, with nothing to compensate.
    """
    if over.lives > 1 or not _says_less(over):
        return frozenset()
    adds = [each for each in over.requests if each.endpoint == "add"]
    usual = [each for each in adds if over.baseline.asked[each.what]]
    if not usual or usual[-1].delivered or not any(each.delivered for each in usual):
        return frozenset()
    given_up, later = usual[-1], adds[adds.index(usual[-1]) + 1 :]
    if any(each.delivered for each in usual if each.what == given_up.what) or not _are_new(later, over):
        return frozenset()
    return frozenset(each.what for each in later)


def _are_new(adds: List[RequestRecord], over: Round) -> bool:
    """Whether each of the adds has a text that the baseline does not send."""
    texts = {each.text for each in over.baseline.requests}
    return all(each.text not in texts for each in adds)


def _says_less(over: Round) -> bool:
    """Whether the program fails, claims less than without faults, or returns nothing where it returns something."""
    if over.error is not None or over.baseline.claims.amount - over.claims.amount:
        return True
    return bool(over.baseline.returned) and not over.returned
