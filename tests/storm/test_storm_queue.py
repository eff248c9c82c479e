"""The metastable queue: 300 requests a second in order of arrival, a limit of one second, and ten seconds of stall."""

from __future__ import annotations

import pytest

from octamem_testing.storm import Policy, Storm, compare, run
from octamem_testing.storm.scenario import Scenario

ONE_RETRY = Policy("one retry", retries=1, delay=0.0)
"""Sent again as soon as the limit of a second has passed."""
ARRIVALS = ["even", pytest.param("chance", marks=pytest.mark.proof)]


def stalled(offered: int, policy: Policy, *, after: float, arrivals: str = "even") -> Storm:
    """Stall a service of 300 requests a second for ten seconds, with so many calls a second, each of another client."""
    scenario = Scenario(
        clients=offered * 1000,
        every=1000.0,
        capacity=300.0,
        outage=10.0,
        down="stalled",
        timeout=1.0,
        after=after,
        arrivals="even" if arrivals == "even" else "chance",
    )
    return compare(scenario, [policy])[0]


@pytest.mark.slow
@pytest.mark.parametrize("arrivals", ARRIVALS)
def test_below_half_the_capacity_the_queue_recovers_with_one_retry(arrivals: str) -> None:
    """At 140 calls a second, 280 with every call repeated, the queue is worked off."""
    storm = stalled(140, ONE_RETRY, after=150.0, arrivals=arrivals)
    # What came in the ten seconds and once more a second later, less the 300 that are a second's work, at 20 a second.
    assert storm.time_to_recover == pytest.approx((140 * 10 + 140 * 9 - 300) / 20, rel=0.1)
    assert storm.amplification < 2


@pytest.mark.slow
@pytest.mark.parametrize("arrivals", ARRIVALS)
def test_above_half_the_capacity_the_queue_never_recovers_with_one_retry(arrivals: str) -> None:
    """At 160 calls a second, 320 with every call repeated, the queue grows for as long as one watches."""
    storm = stalled(160, ONE_RETRY, after=300.0, arrivals=arrivals)
    assert storm.time_to_recover is None
    assert not any(storm.answered[20:])
    assert min(storm.served[16:]) >= 299
    # Twenty requests a second more than are carried out: a fifteenth of a second of work each second.
    assert storm.longest[-1] - storm.longest[-151] == pytest.approx(10, abs=0.1 if arrivals == "even" else 4)


@pytest.mark.slow
@pytest.mark.parametrize("arrivals", ARRIVALS)
def test_without_retries_even_a_queue_that_is_nearly_full_recovers(arrivals: str) -> None:
    """At 280 calls a second, without retries, it takes 125 seconds: 2,800 waiting less 300, at 20 a second."""
    storm = stalled(280, Policy("none", retries=0), after=160.0, arrivals=arrivals)
    assert storm.time_to_recover == pytest.approx(125, abs=2 if arrivals == "even" else 15)


@pytest.mark.slow
def test_a_budget_ends_what_plain_retries_never_end() -> None:
    """Clients that call often spend their budgets, and the queue that could not recover does."""
    options = {"clients": 160, "every": 1.0, "capacity": 300.0, "outage": 10.0, "down": "stalled", "timeout": 1.0}
    spent = run(**options, after=40.0, arrivals="even", policy=Policy("budgeted", retries=1, delay=0.0, budget=10))
    never = run(**options, after=40.0, arrivals="even", policy=ONE_RETRY)
    assert spent.time_to_recover is not None
    assert never.time_to_recover is None
    assert spent.retries <= spent.tokens_outstanding + 0.1 * spent.calls
