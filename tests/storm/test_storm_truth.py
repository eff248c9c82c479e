"""The numbers that a storm is judged by: none flatters, and each holds for any fraction of a second."""

from __future__ import annotations

from typing import Any, Dict

import pytest

from octamem_testing.storm import USUAL_CALLS, USUAL_EVERY, Policy, Scenario, compare, run

STALL: Dict[str, Any] = {"clients": 300, "timeout": 30.0, "outage": 60.0, "down": "stalled"}
"""Calls that wait half a minute, in a queue of a minute: at the end most are under way."""


@pytest.mark.parametrize("policy", ["none", "exponential", "jittered", "budgeted"])
def test_a_call_that_never_ended_did_not_end_well(policy: str) -> None:
    """The share that ends well is one of all calls, and what is under way is missing in it as what is lost is."""
    storm = run(**STALL, policy=policy)
    assert storm.availability == sum(storm.answered) / storm.calls < 0.2
    assert storm.unfinished > 0.2 * storm.calls
    assert sum(storm.well) == sum(storm.answered)


def test_nothing_counts_as_prompt_that_is_answered_after_the_run() -> None:
    """A service has recovered when its answers arrive, and a run that ends before that does not say so."""
    early, late = run(**STALL, policy="none", after=50.0), run(**STALL, policy="none", after=120.0)
    assert early.time_to_recover is None
    assert not any(early.prompt[65:])
    assert not any(early.answered[65:])
    assert late.time_to_recover == pytest.approx(30, abs=6)
    assert sum(late.answered[97:]) > 0


def test_the_calls_that_begin_in_a_time_are_those_that_its_share_is_of() -> None:
    """The share between two seconds is that of the calls which began then, however late they ended well."""
    storm = run(clients=300, every=10.0, outage=3.0, timeout=30.0, after=30.0, policy="exponential")
    assert storm.availability_between(5, 8) > 0.95
    assert sum(storm.answered[6:8]) == 0


@pytest.mark.parametrize("fraction", [0.0, 0.1, 0.25, 0.5, 0.9])
def test_the_first_second_of_a_service_that_is_back_is_a_whole_one(fraction: float) -> None:
    """The calls of this moment are refused, and their first retries, all within a second of the end, are its peak."""
    fleet = Scenario(clients=200, arrivals="in-step", before=5.0, outage=25.1 + fraction, after=20.0)
    plain, jittered = compare(fleet, [Policy("plain", retries=1, jitter=False), Policy("jittered", retries=1)])
    assert (plain.peak, plain.peak_retries) == (200, 200)
    if fraction <= 0.4:
        # None of the jittered ones comes sooner than after half a second.
        assert (jittered.peak, jittered.peak_retries) == (200, 200)


@pytest.mark.parametrize("before", [5.0, 2.3])
@pytest.mark.parametrize("outage", [30.0, 30.1, 30.5, 30.9])
def test_a_service_that_is_well_at_once_took_no_time(before: float, outage: float) -> None:
    """Without retries nothing is left behind by an outage that refuses, wherever in a second it ends."""
    storm = run(clients=100, every=1.0, before=before, outage=outage, after=9.7, policy="none")
    assert storm.time_to_recover == 0
    assert sum(storm.begun) == sum(storm.answered) + storm.calls_lost + storm.unfinished
    back = len(storm.begun) - 10
    assert sum(storm.served[back - 29 : back]) == 0
    assert min(storm.served[back:-1]) > 50


@pytest.mark.parametrize("timeout", [0.05, 2.0, 30.0])
@pytest.mark.parametrize("clients", [1, 5, 20])
@pytest.mark.parametrize("arrivals", ["chance", "in-step"])
def test_an_ordinary_day_is_answered_in_time_however_small_the_fleet(
    clients: int, timeout: float, arrivals: Any
) -> None:
    """Where no capacity is given, no call of a day without an outage fails or is repeated."""
    calm = run(clients=clients, every=10.0, timeout=timeout, outage=0.0, after=1000.0, arrivals=arrivals)
    assert calm.calls >= 75
    assert (calm.calls_lost, calm.retries, calm.prompt) == (0, 0, calm.tried)


def test_a_large_fleet_calls_so_seldom_that_its_storm_can_be_watched() -> None:
    """Where nothing is said a client calls every half minute, more seldom only in a fleet that would be too busy."""
    assert [Scenario(clients=clients).interval for clients in (1, 10_000, 120_000)] == [USUAL_EVERY] * 3
    million = Scenario(clients=1_000_000)
    assert (million.load, million.interval) == (USUAL_CALLS, 250.0)
    assert million.rate == 1.5 * USUAL_CALLS
    assert Scenario(clients=1_000_000, every=60.0).interval == 60.0
    assert Scenario(clients=1_000_000, arrivals="in-step").interval == USUAL_EVERY


@pytest.mark.parametrize(("budget", "tokens"), [(0.5, 0), (1, 7), (2.9, 14), (100, 700)])
def test_a_part_of_a_token_does_not_count(budget: float, tokens: float) -> None:
    """The tokens outstanding are those that can be spent."""
    storm = run(clients=7, every=1.0, outage=300.0, after=1.0, policy=Policy("sized", budget=budget))
    assert storm.tokens_outstanding == tokens
    assert tokens <= storm.retries <= tokens + 7
