"""What makes no sense, or would never end, is refused in a clear ValueError before anything is simulated."""

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
def test_what_no_storm_can_be_made_of_is_refused_by_name(option: str, value: Any) -> None:
    """The wrong type, and a number above the bounds, are named with what is wanted."""
    with pytest.raises(ValueError, match=f"^{option} is .*: it must be "):
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
        ({"paid_in": -1}, "paid_in is -1: it must be"),
        ({"paid_in": float("nan")}, "paid_in is nan: it must be"),
        ({"paid_in": "a tenth"}, "paid_in is 'a tenth': it must be"),
        ({"paid_in": None}, "paid_in is None: it must be"),
        ({"budget": 1e300}, r"retry_budget is 1e\+300: it must be"),
        ({"retries": 1_000_000}, "max_retries is 1000000: it must be"),
    ],
)
def test_a_policy_that_could_not_be_simulated_is_refused(policy: Dict[str, Any], said: str) -> None:
    """What pays in less than nothing, or retries without end, is named."""
    with pytest.raises(ValueError, match=said):
        Policy("mine", **policy)


@pytest.mark.parametrize("policy", [3, None, ["none"]])
def test_what_is_no_policy_is_refused(policy: Any) -> None:
    """Neither a name nor a Policy: the names are told."""
    with pytest.raises(ValueError, match=r"there is no policy .*none, exponential"):
        run(policy=policy)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"backoff": "nope"}, "backoff is 'nope': it must be one of none, exponential"),
        ({"backoff": ["none"]}, "backoff is"),
        ({"clients": 0}, "clients is 0"),
        ({"clients": 2.5}, "clients is 2.5"),
        ({"hop": 0}, "hop is 0"),
        ({"spread": -1.0}, "spread is -1.0"),
        ({"base": float("nan")}, "base is nan"),
        ({"cap": "much"}, "cap is 'much'"),
    ],
)
def test_a_contention_that_makes_no_sense_is_refused(options: Dict[str, Any], said: str) -> None:
    """An unknown back-off, no client, a message that takes no time: each is named with what is wanted."""
    with pytest.raises(ValueError, match=said):
        contend(**{"clients": 3, "backoff": "none", **options})
