"""Services that shed load, or ask to wait: what they refuse, what it costs them, and what clients make of it."""

from __future__ import annotations

from typing import Any, Dict

import pytest

from octamem_testing.storm import POLICIES, Policy, Scenario, compare, run

ONE: Dict[str, Any] = {"clients": 1, "every": 100.0, "arrivals": "even", "before": 0.0, "after": 1.0}
"""A client with a call every 100 s."""


@pytest.mark.slow
def test_a_service_that_sheds_has_no_longer_a_queue_and_does_as_much() -> None:
    """At twice its capacity it serves all it can, answers in time, and turns the rest away at no cost."""
    asked = {"clients": 300, "every": 1.0, "capacity": 150.0, "outage": 0.0, "before": 0.0, "after": 60.0}
    shed, queued = (run(**asked, policy="none", shed=limit) for limit in (1.0, None))
    assert max(shed.longest) <= 1.0
    assert sum(shed.served[5:55]) == sum(queued.served[5:55]) == pytest.approx(150 * 50, abs=2)
    assert sum(shed.answered[5:55]) == pytest.approx(150 * 50, rel=0.01)
    assert sum(queued.answered[5:55]) == 0
    assert sum(shed.lost[5:55]) == pytest.approx(150 * 50, rel=0.05)


def test_a_stalled_service_queues_what_it_may_and_sheds_the_rest() -> None:
    """A stall fills the queue of two seconds of work, and the rest is answered 503 at once."""
    storm = run(clients=100, every=1.0, capacity=100.0, outage=20.0, down="stalled", after=9.0, policy="none", shed=2.0)
    back = storm.scenario.back_second
    assert storm.served[back] + storm.served[back + 1] == pytest.approx(200, abs=3)
    # The lost calls of the stall are lost in the second in which they began.
    assert sum(storm.lost[10:back]) == pytest.approx(sum(storm.begun[10:back]), abs=1)


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["jittered", "budgeted", "aws", "grpc", "finagle"])
@pytest.mark.parametrize("down", ["refused", "stalled"])
def test_no_storm_outlasts_a_service_that_sheds(policy: str, down: Any) -> None:
    """Whatever the clients retry, a service that does only what is in time is well again within half a minute."""
    fleet = Scenario(clients=300, every=5.0, outage=30.0, down=down, after=60.0, shed=1.0)
    storm = compare(fleet, [policy])[0]
    assert storm.time_to_recover is not None
    assert storm.time_to_recover < 30


@pytest.mark.parametrize(("asks", "moments"), [(0.0, [0, 1, 3, 7]), (5.0, [0, 5, 10, 15]), (3.0, [0, 3, 6, 10])])
def test_clients_wait_for_as_long_as_a_service_asks(asks: float, moments: Any) -> None:
    """Of Retry-After and the client's own wait the longer one counts, as in the SDK."""
    options = {**ONE, "before": 100.0}
    storm = run(**options, outage=60.0, retry_after=asks, policy=Policy("plain", jitter=False))
    first = storm.scenario.before
    assert [second - first for second, sent in enumerate(storm.sent) if sent][:4] == moments


def test_a_service_that_asks_for_more_than_a_minute_is_not_asked_again() -> None:
    """The SDK gives up above max_retry_delay: no retry is made, and none is called suppressed."""
    storm = run(clients=20, every=5.0, before=0.0, outage=30.0, after=5.0, retry_after=61.0, policy="budgeted")
    assert (storm.retries, storm.suppressed_retries) == (0, 0)
    assert storm.calls_lost > 0
    waits = run(clients=20, every=5.0, before=0.0, outage=30.0, after=5.0, retry_after=60.0, policy="budgeted")
    assert waits.unfinished > 0


def test_clients_that_are_asked_to_wait_outlast_the_outage() -> None:
    """Three waits of 15 s span half a minute: no call is lost that would be without the header."""
    fleet = {"clients": 300, "every": 10.0, "outage": 30.0, "after": 60.0, "timeout": 30.0}
    asked, unasked = run(**fleet, retry_after=15.0, policy="budgeted"), run(**fleet, policy="budgeted")
    assert asked.calls_lost == 0 < unasked.calls_lost


def test_a_fixed_retry_after_keeps_clients_in_step() -> None:
    """It takes the jitter away: clients that failed together come back together, in one second."""
    fleet: Dict[str, Any] = {"clients": 200, "every": 60.0, "arrivals": "in-step", "outage": 5.0, "after": 30.0}
    asked = run(**fleet, before=0.0, retry_after=12.0, policy="jittered")
    jittered = run(**fleet, before=0.0, policy="jittered")
    assert asked.peak_retries == 200
    assert 0 < jittered.peak_retries < 200


@pytest.mark.parametrize(
    ("option", "value"), [("shed", -1.0), ("shed", "much"), ("retry_after", -1), ("retry_after", 1e9), ("reads", 1)]
)
def test_an_invalid_option_is_refused_by_name(option: str, value: Any) -> None:
    """The wrong type, and a number out of bounds, are named with the expected values."""
    with pytest.raises(ValueError, match=f"^{option} must be .*, got "):
        run(**{option: value})


@pytest.mark.parametrize("policy", POLICIES)
def test_every_call_is_answered_lost_or_under_way(policy: str) -> None:
    """No call is counted twice or forgotten, those included that a client rejects itself."""
    for reads in (False, True):
        storm = run(clients=60, every=2.0, outage=8.0, after=20.0, shed=0.5, partial=0.1, reads=reads, policy=policy)
        assert storm.calls == sum(storm.answered) + storm.calls_lost + storm.unfinished
        assert sum(storm.sent) == storm.calls - sum(storm.rejected) + storm.retries
        assert 0 <= storm.peak_retries <= storm.retries
        assert max(storm.served) <= storm.scenario.rate + 1
        assert all(well <= begun for well, begun in zip(storm.well, storm.begun))
