"""Invalid options, and runs that would never end, are a ValueError before anything is simulated."""

from __future__ import annotations

from typing import Any, Dict

import pytest

from octamem_testing.storm import Policy, Scenario, contend, lasting, run
from octamem_testing.storm.bounds import MOST_CALLS


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("clients", 2.5),
        ("clients", "3"),
        ("clients", None),
        ("clients", True),
        ("clients", 1_000_000_000),
        ("outage", None),
        ("outage", "30"),
        ("outage", 1e300),
        ("outage", 10**400),
        ("outage", 1e9),
        ("before", 1e9),
        ("after", float("inf")),
        ("every", 1e-320),
        ("every", 0.0001),
        ("every", "often"),
        ("timeout", None),
        ("timeout", 1e300),
        ("capacity", 10**400),
        ("capacity", float("nan")),
        ("partial", "half"),
        ("partial", float("nan")),
        ("seed", "x"),
        ("down", ["refused"]),
    ],
)
def test_an_invalid_option_is_refused_by_name(option: str, value: Any) -> None:
    """The wrong type, and a number above the bounds, are named with the expected values."""
    with pytest.raises(ValueError, match=f"^{option} must be .*, got "):
        run(**{option: value})


def test_bounds_leave_room_for_every_storm_that_can_be_watched() -> None:
    """Ten million clients, eleven days and a hundred million calls may be asked for."""
    assert Scenario(clients=10_000_000).expected < MOST_CALLS
    assert Scenario(outage=1e6, clients=10).back > 1e6
    assert Scenario(clients=1_000_000, every=1.0).expected <= MOST_CALLS
    assert lasting(0.3, calls=1_000_000).end == 1e6


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ({"paid_in": -1}, "paid_in must be a number from 0 to 1,000,000,000, got -1"),
        ({"paid_in": float("nan")}, "paid_in must be .*, got nan"),
        ({"paid_in": "a tenth"}, "paid_in must be .*, got 'a tenth'"),
        ({"paid_in": None}, "paid_in must be .*, got None"),
        ({"budget": 1e300}, r"retry_budget must be a number from 0 to 1,000,000,000, got 1e\+300"),
        ({"retries": 1_000_000}, "max_retries must be an int from 0 to 1,000, got 1000000"),
    ],
)
def test_a_policy_that_could_not_be_simulated_is_refused(policy: Dict[str, Any], said: str) -> None:
    """A policy that earns less than 0, or retries without end, is refused by name."""
    with pytest.raises(ValueError, match=said):
        Policy("mine", **policy)


@pytest.mark.parametrize("policy", [3, None, ["none"]])
def test_what_is_no_policy_is_refused(policy: Any) -> None:
    """Anything except a name or a Policy is refused with the names."""
    with pytest.raises(ValueError, match=r"^policy: expected none, exponential, .*, hedging or a Policy, got "):
        run(policy=policy)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"backoff": "nope"}, "backoff must be one of none, exponential, .*, got 'nope'"),
        ({"backoff": ["none"]}, "backoff must be one of"),
        ({"clients": 0}, "clients must be an int from 1 to 10,000, got 0"),
        ({"clients": 2.5}, "clients must be an int from 1 to 10,000, got 2.5"),
        ({"hop": 0}, "hop must be a number above 0, at most 1,000,000,000, got 0"),
        ({"spread": -1.0}, "spread must be a number from 0 to 1,000,000,000, got -1.0"),
        ({"base": float("nan")}, "base must be .*, got nan"),
        ({"cap": "much"}, "cap must be .*, got 'much'"),
    ],
)
def test_an_invalid_contention_is_refused(options: Dict[str, Any], said: str) -> None:
    """An unknown back-off, no client, a message that takes no time: each is named with the expected values."""
    with pytest.raises(ValueError, match=said):
        contend(**{"clients": 3, "backoff": "none", **options})
