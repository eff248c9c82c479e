"""Hedging, against gRPC's A6 and "The Tail at Scale": a second request for a slow read, and the first good answer."""

from __future__ import annotations

from typing import Any, Dict

import pytest

from octamem_testing.storm import POLICIES, AwsQuota, GrpcThrottle, Policy, Scenario, compare, run
from octamem_testing.storm.hedging import hedging_delay

HEDGE = POLICIES["hedging"]
BUSY: Dict[str, Any] = {"clients": 100, "every": 1.0, "outage": 0.0, "before": 0.0, "after": 200.0}
"""A hundred calls a second, on a day without an outage."""


@pytest.mark.slow
def test_one_read_in_twenty_is_hedged_on_an_ordinary_day() -> None:
    """The Tail at Scale: a hedge after the 95th percentile adds about 5 % to the load, and what they delay in turn."""
    storm = run(**BUSY, reads=True, capacity=300.0, policy=HEDGE)
    assert 0.045 < storm.retries / storm.calls < 0.08
    assert storm.availability > 0.999


def test_the_delay_is_the_percentile_of_an_ordinary_day() -> None:
    """Of calls evenly apart every answer takes one request's time; of a hundred in step the 95th takes 95 of them."""
    even = Scenario(clients=10, every=1.0, arrivals="even", capacity=50.0)
    assert hedging_delay(even, 0.95) == pytest.approx(0.02)
    step = Scenario(clients=100, every=10.0, arrivals="in-step", capacity=50.0)
    assert hedging_delay(step, 0.95) == pytest.approx(96 / 50)
    assert hedging_delay(step, 0.0) == pytest.approx(1 / 50)


def test_an_answer_that_is_no_slower_than_the_delay_is_not_hedged() -> None:
    """A6: the second request is sent once the delay has passed without an answer."""
    storm = run(clients=10, every=1.0, arrivals="even", reads=True, outage=0.0, after=50.0, policy=HEDGE)
    assert (storm.retries, storm.availability) == (0, 1.0)


def test_a_write_is_never_hedged() -> None:
    """Adds are sent once each, in every kind of trouble."""
    for down in ("refused", "stalled"):
        storm = run(clients=50, every=1.0, outage=5.0, after=10.0, down=down, partial=0.2, policy=HEDGE)
        assert storm.retries == 0
        reads = run(clients=50, every=1.0, outage=5.0, after=10.0, down=down, partial=0.2, policy=HEDGE, reads=True)
        assert reads.retries > 0


@pytest.mark.slow
def test_a_failed_read_is_sent_again_at_once_and_never_a_third_time() -> None:
    """A6: a non-fatal failure sends the next hedged request immediately, and there are no retries after the last."""
    storm = run(**BUSY, reads=True, partial=0.3, capacity=10_000.0, policy=Policy("late", retries=0, hedge=0.999))
    assert storm.availability == pytest.approx(1 - 0.3**2, abs=0.01)
    assert storm.amplification == pytest.approx(1.3, abs=0.02)
    down = run(clients=1, every=10.0, arrivals="even", reads=True, before=0.0, outage=100.0, after=1.0, policy=HEDGE)
    assert set(down.sent[:100]) == {0, 2}


def test_the_second_must_answer_within_the_limit_of_the_call() -> None:
    """A6: the deadline spans the whole chain, so that a stalled service costs a call its limit and no more."""
    options: Dict[str, Any] = {"clients": 1, "every": 10.0, "arrivals": "even", "down": "stalled", "reads": True}
    storm = run(**options, before=0.0, outage=25.0, after=1.0, policy=HEDGE, timeout=2.0)
    assert [second for second, lost in enumerate(storm.lost) if lost] == [12, 22]
    assert storm.sent[10] == 2


def test_a_service_that_asks_to_wait_is_sent_the_hedge_after_that() -> None:
    """A6, pushback: the next hedged request is sent after the given delay; one beyond the limit is not sent."""
    options: Dict[str, Any] = {"clients": 1, "every": 10.0, "arrivals": "even", "reads": True, "timeout": 5.0}
    asked = run(**options, before=0.0, outage=25.0, after=1.0, retry_after=2.0, policy=HEDGE)
    assert [second for second, sent in enumerate(asked.sent) if sent] == [10, 12, 20, 22]
    too_long = run(**options, before=0.0, outage=25.0, after=1.0, retry_after=6.0, policy=HEDGE)
    assert too_long.retries == 0


def test_a_throttle_holds_for_hedges_too() -> None:
    """A6: the first request is always sent, and a hedge only if the count is above half."""
    options: Dict[str, Any] = {"clients": 1, "every": 1.0, "arrivals": "even", "reads": True, "before": 0.0}
    throttled = Policy("throttled", retries=0, hedge=0.95, throttle=GrpcThrottle(max_tokens=10))
    storm = run(**options, outage=50.0, after=1.0, policy=throttled)
    # The first fails (9), its hedge fails (8), and so on: five failures leave half, before the third hedge.
    assert storm.retries == 2
    assert storm.calls == 50
    spent = run(**options, outage=50.0, after=1.0, policy=Policy("x", retries=0, hedge=0.95, throttle=AwsQuota(30)))
    assert spent.retries == 6
    budget = run(**options, outage=50.0, after=1.0, policy=Policy("x", retries=0, hedge=0.95, budget=4))
    assert budget.retries == 4


@pytest.mark.slow
def test_hedges_make_a_storm_of_a_queue() -> None:
    """Once every answer is slower than the delay, every read is sent twice: more than the service can do."""
    fleet = Scenario(clients=200, every=1.0, outage=20.0, down="stalled", after=90.0, reads=True)
    none, hedged = compare(fleet, ["none", "hedging"])
    assert none.time_to_recover is not None
    assert hedged.time_to_recover is None
    assert hedged.amplification > 1.7


def test_hedges_make_a_storm_without_an_outage_where_capacity_is_short() -> None:
    """At two thirds of the capacity, the hedges of one read in twenty delay others, until every read is hedged."""
    storm = run(clients=100, every=1.0, outage=0.0, before=0.0, after=60.0, reads=True, policy=HEDGE)
    assert storm.scenario.load == pytest.approx(storm.scenario.rate * 2 / 3)
    assert storm.amplification > 1.5
    assert storm.time_to_recover is None
