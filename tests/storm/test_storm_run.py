"""A storm as a value: what goes in comes out, the same seed gives the same storm, and nonsense is refused."""

from __future__ import annotations

from typing import Any, Dict

import pytest

from octamem_testing.storm import POLICIES, Policy, Scenario, Storm, compare, run

SMALL: Dict[str, Any] = {"clients": 300, "every": 10.0, "outage": 8.0, "after": 20.0}


@pytest.fixture(scope="module")
def storms() -> Dict[str, Storm]:
    """Small storms of every kind, by what is done and how the service is down."""
    return {
        f"{name} {down}": run(**SMALL, policy=name, down=down) for name in POLICIES for down in ("refused", "stalled")
    }


def test_every_call_is_answered_lost_or_under_way(storms: Dict[str, Storm]) -> None:
    """No call is counted twice or forgotten, and a retry is a request beyond the first of its call."""
    for storm in storms.values():
        assert storm.calls == sum(storm.answered) + storm.calls_lost + storm.unfinished
        assert 0 <= storm.unfinished <= storm.calls
        own = sum(storm.rejected)
        assert storm.calls - own <= sum(storm.sent) == storm.calls - own + storm.retries <= storm.calls * 4
        assert storm.amplification == sum(storm.sent) / storm.calls
        assert all(prompt <= begun for prompt, begun in zip(storm.prompt, storm.begun))
        assert {len(series) for series in (storm.begun, storm.sent, storm.served, storm.longest)} == {33}


def test_a_service_never_carries_out_more_than_it_can(storms: Dict[str, Storm]) -> None:
    """In no second is more served than its capacity, and nothing while it is down."""
    for storm in storms.values():
        assert max(storm.served) <= storm.scenario.rate + 1
        assert sum(storm.served[6:13]) == 0
        assert sum(storm.answered) <= sum(storm.served) + 1


def test_all_policies_meet_the_same_calls(storms: Dict[str, Storm]) -> None:
    """What is compared is the policy alone: the calls begin at the same moments."""
    assert len({storm.begun for storm in storms.values()}) == 1


def test_without_retries_there_are_none(storms: Dict[str, Storm]) -> None:
    """The policy named none sends each call once, has no retry tokens, and recovers when the service is back."""
    storm = storms["none refused"]
    assert (storm.retries, storm.amplification, storm.tokens_outstanding, storm.suppressed_retries) == (0, 1.0, 0.0, 0)
    assert storm.time_to_recover == 0
    ended = storm.calls - storm.unfinished
    assert storm.availability == storm.availability_between(0, 33) == (ended - storm.calls_lost) / storm.calls


def test_the_same_seed_gives_the_same_storm_on_every_interpreter(storms: Dict[str, Storm]) -> None:
    """Run again it is equal, another seed is another storm, and these counts hold on every version of Python."""
    storm = storms["budgeted refused"]
    assert run(**SMALL) == storm
    assert run(**SMALL, seed=1).begun != storm.begun
    assert (storm.calls, sum(storm.sent), storm.calls_lost, sum(storm.served)) == COUNTS


COUNTS = (966, 2410, 175, 1047)


def test_run_and_compare_are_one() -> None:
    """`run` with options is `compare` with a scenario of them, policies by name or of one's own."""
    mine = Policy("mine", retries=1, delay=0.1, budget=2)
    scenario = Scenario(clients=50, every=5.0, outage=2.0, capacity=30.0, partial=0.2, before=1.0, after=4.0, seed=9)
    once = run(
        clients=50, every=5.0, outage=2.0, capacity=30.0, partial=0.2, before=1.0, after=4.0, seed=9, policy=mine
    )
    assert compare(scenario, [mine, "none"]) == (once, *compare(scenario, ["none"]))
    assert (compare(scenario, mine), compare(scenario, "none")) == ((once,), compare(scenario, ["none"]))
    assert [storm.policy.name for storm in compare(scenario)] == list(POLICIES)


def test_a_service_without_an_outage_is_well_throughout() -> None:
    """Nothing fails, nothing is repeated, and the numbers of an empty run make sense."""
    # Evenly, and up to a moment at which none is under way.
    calm = run(clients=100, every=1.0, outage=0.0, after=9.999, arrivals="even")
    assert (calm.calls_lost, calm.retries, calm.availability, calm.time_to_recover) == (0, 0, 1.0, 0.0)
    empty = run(clients=1, every=1e6, outage=0.0, before=0.0, after=0.5)
    assert (empty.calls, empty.availability, empty.amplification, empty.peak) == (0, 1.0, 1.0, 0)
    assert empty.time_to_recover is None


def test_a_recovery_that_is_not_proven_is_none() -> None:
    """The last five seconds of a run must all be well."""
    assert run(clients=100, every=1.0, outage=5.0, after=4.0, policy="none").time_to_recover is None
    assert run(clients=100, every=1.0, outage=5.0, after=5.0, policy="none").time_to_recover == 0.0


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("clients", 0),
        ("every", 0.0),
        ("every", float("inf")),
        ("timeout", -1.0),
        ("capacity", 0.0),
        ("outage", -1.0),
        ("after", float("nan")),
        ("partial", 1.5),
        ("down", "sulking"),
        ("arrivals", "late"),
    ],
)
def test_nonsense_is_refused_by_name(option: str, value: Any) -> None:
    """ValueError names the option, the expected values and the given one."""
    with pytest.raises(ValueError, match=f"^{option} must be .*, got "):
        run(**{option: value})


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ({"retries": -1}, "max_retries must be an int of at least 0, got -1"),
        ({"delay": -1.0}, "retry_delay must be a number of seconds of at least 0"),
        ({"budget": -1}, "retry_budget must be a finite number of at least 0, or None, got -1"),
    ],
)
def test_a_policy_is_held_to_what_a_client_takes(policy: Dict[str, Any], said: str) -> None:
    """A policy of one's own is refused as the SDK refuses the option."""
    with pytest.raises(ValueError, match=said):
        Policy("mine", **policy)


def test_an_unknown_policy_is_named_with_those_that_are_known() -> None:
    """A misspelt policy is refused before anything is simulated."""
    with pytest.raises(
        ValueError, match=r"^policy: expected none, exponential, .*, hedging or a Policy, got 'jitter'$"
    ):
        run(policy="jitter")
