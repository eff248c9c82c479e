"""The SDK's default retry budget: what it never touches, what it ends, and what it cannot bound."""

from __future__ import annotations

from math import inf
from typing import Union

import pytest

from octamem import OctaMemError
from octamem.testing import (
    DEFAULT_RETRY_BUDGET,
    Answer,
    Environment,
    RetryBudget,
    call_settings,
    call_steps,
    details_call,
)
from octamem_testing.storm import POLICIES, Down, Policy, run

NO_LIMIT = Policy("no limit")


def test_an_ordinary_script_never_meets_the_default_budget() -> None:
    """Thirty calls in a row that all fail get their three retries each."""
    settings = call_settings()
    assert settings.retry_budget == DEFAULT_RETRY_BUDGET == POLICIES["budgeted"].budget
    environment = Environment(now=lambda: 0.0, random=lambda: 0.5, budget=RetryBudget(DEFAULT_RETRY_BUDGET))
    attempts = []
    for _ in range(30):
        steps = call_steps(details_call(), settings, environment)
        next(steps)
        for _ in range(3):
            steps.send(Answer(503))
        with pytest.raises(OctaMemError) as caught:
            steps.send(Answer(503))
        attempts.append(len(caught.value.attempts))
    assert attempts == [4] * 30


@pytest.mark.slow
def test_clients_that_call_often_recover_with_the_default_budget_and_never_without() -> None:
    """Forty clients of two calls a second spend it while the service is down, and it comes back to an ordinary load."""
    fleet = {"clients": 40, "every": 0.5, "after": 40.0}
    budgeted, unlimited = run(**fleet), run(**fleet, policy=NO_LIMIT)
    assert budgeted.time_to_recover == 0
    assert budgeted.suppressed_retries > 0
    assert budgeted.retries <= budgeted.tokens_outstanding + 0.1 * budgeted.calls
    assert unlimited.time_to_recover is None


@pytest.mark.slow
def test_clients_that_call_seldom_are_not_bound_by_it() -> None:
    """Of the same calls spread over many clients none ends by its budget: N x budget is more than a storm asks for."""
    fleet = {"clients": 9600, "every": 120.0, "after": 40.0}
    budgeted, unlimited = run(**fleet), run(**fleet, policy=NO_LIMIT)
    assert budgeted.suppressed_retries == 0
    assert budgeted.tokens_outstanding == 9600 * DEFAULT_RETRY_BUDGET > 10 * budgeted.retries
    assert (budgeted.sent, budgeted.time_to_recover) == (unlimited.sent, None)


@pytest.mark.parametrize("down", ["refused", "stalled"])
@pytest.mark.parametrize("policy", ["none", "budgeted", NO_LIMIT], ids=str)
def test_with_all_its_defaults_the_sdk_makes_no_storm_of_half_a_minute(down: Down, policy: Union[str, Policy]) -> None:
    """A client that waits 30 s for an answer outlasts the queue that such an outage leaves, whatever its budget."""
    storm = run(clients=1200, every=60.0, timeout=call_settings().timeout.read, down=down, after=40.0, policy=policy)
    assert storm.time_to_recover == 0
    assert max(storm.longest[35:]) < 25


@pytest.mark.slow
@pytest.mark.parametrize(("down", "size"), [("refused", 80), ("stalled", 30)])
def test_a_storm_is_over_when_the_tokens_are_worked_off(down: Down, size: int) -> None:
    """It ends, but not at once, before the spare capacity has worked off the retry tokens."""
    storm = run(clients=100, every=2.0, down=down, after=330.0, policy=Policy("sized", budget=size))
    assert storm.time_to_recover is not None
    assert 30 < storm.time_to_recover < storm.over_within < 330
    assert run(clients=2, every=2.0, policy=NO_LIMIT).over_within == inf
    assert run(clients=2, every=2.0, capacity=1.0).over_within == inf


@pytest.mark.slow
@pytest.mark.parametrize("size", [10, pytest.param(20, marks=pytest.mark.proof)])
def test_a_fleet_recovers_once_its_tokens_are_worked_off(size: int) -> None:
    """The time is the tokens left after the outage divided by the spare capacity, within a fifth."""
    storm = run(clients=1000, every=10.0, after=300.0, policy=Policy("sized", budget=size))
    spent = 3 * storm.scenario.load * storm.scenario.outage
    spare = storm.scenario.rate - storm.scenario.load
    assert storm.time_to_recover == pytest.approx((storm.tokens_outstanding - spent) / spare, rel=0.2, abs=20)
