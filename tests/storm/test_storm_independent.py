"""Requests that fail independently: load and availability are what the formulas say."""

from __future__ import annotations

from math import sqrt

import pytest

from octamem_testing.storm import POLICIES, Storm, compare, lasting
from octamem_testing.storm.partial import CALLS, at_first, in_the_end


def failing(share: float, policy: str) -> Storm:
    """Let that share of all requests fail."""
    return compare(lasting(share), [policy])[0]


@pytest.mark.parametrize(
    "share", [0.3, pytest.param(0.1, marks=pytest.mark.slow), pytest.param(0.5, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("policy", ["exponential", "jittered"])
def test_three_retries_cost_and_save_what_the_formulas_say(share: float, policy: str) -> None:
    """Load is (1-f^4)/(1-f) and availability 1-f^4, within four standard errors of so many calls."""
    storm = failing(share, policy)
    ends, load = sum(storm.answered) + storm.calls_lost, (1 - share**4) / (1 - share)
    spread = sum((2 * number - 1) * share ** (number - 1) for number in range(1, 5)) - load**2
    assert storm.availability == pytest.approx(1 - share**4, abs=4 * sqrt(share**4 * (1 - share**4) / ends))
    assert storm.amplification == pytest.approx(load, abs=4 * sqrt(spread / ends) + 10 / ends)


def test_without_retries_what_fails_is_lost() -> None:
    """The load is one request a call, and the share that fails is the share that is lost."""
    storm = failing(0.3, "none")
    assert storm.amplification == 1
    assert storm.availability == pytest.approx(0.7, abs=0.015)


@pytest.mark.slow
def test_a_budget_gives_up_what_retries_would_have_saved() -> None:
    """At 30 % a full budget masks nearly all; spent, it masks what first successes earn, and adds a tenth at most."""
    storm = failing(0.3, "budgeted")
    late = slice(CALLS // 2, CALLS)
    earned = 0.1 * 0.7
    assert at_first(storm) > 0.98
    assert in_the_end(storm) == pytest.approx(0.7 + earned * 0.7, abs=0.02)
    assert sum(storm.sent[late]) / sum(storm.begun[late]) == pytest.approx(1 + earned, abs=0.01)
    assert in_the_end(failing(0.3, "jittered")) > 0.98


def test_what_a_tenth_pays_for_is_masked_for_good() -> None:
    """Of 5 % that fail no budget is spent for good: calls go on ending well."""
    assert in_the_end(failing(0.05, "budgeted")) > 0.999


def test_the_named_policies_are_those_that_are_compared() -> None:
    """No retry, plain exponential, jittered and budgeted; then the rules of others, in this order."""
    own = ["none", "exponential", "jittered", "budgeted"]
    assert list(POLICIES) == [*own, "aws", "grpc", "finagle", "adaptive", "hedging"]
