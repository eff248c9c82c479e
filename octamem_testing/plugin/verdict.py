"""The verdict on each test: one that passed and still shows a retry bug fails, or has the evidence in its report."""

from __future__ import annotations

from typing import TYPE_CHECKING, List

import pytest

from .options import verdict_of_run
from .verdict_summary import ATTRIBUTE

if TYPE_CHECKING:
    from octamem_testing.context import TestContext

__all__ = ["attach", "judge"]

_EVIDENCE: pytest.StashKey[List[str]] = pytest.StashKey()


def judge(item: pytest.Item, context: TestContext) -> None:
    """Judge a test that passed by its calls; fail it, or keep the evidence for its report."""
    chosen = context.verdict or verdict_of_run(item.config)
    if chosen == "off":
        return
    from octamem_testing.invariants.sightings import sightings_of

    if not sightings_of(context.fake).repeats:
        return
    from octamem_testing.invariants.verdict import violations

    found = violations(context.fake)
    sightings_of(context.fake).forget_senders()
    if found and chosen == "fail":
        from octamem_testing.assertions.invariants import explained

        pytest.fail(explained(context.fake, found), pytrace=False)
    if found:
        item.stash[_EVIDENCE] = [f"{each.invariant}: {each.evidence}" for each in found]


def attach(item: pytest.Item, report: pytest.TestReport) -> None:
    """Add the evidence to the report of the phase in which the test passed."""
    if report.when == "call" and report.passed and _EVIDENCE in item.stash:
        report.__dict__[ATTRIBUTE] = item.stash[_EVIDENCE]
