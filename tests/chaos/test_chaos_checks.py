"""The arguments that run, hunt and replay refuse, and the scenarios that cannot be judged."""

from __future__ import annotations

import itertools
from functools import partial

import pytest

from octamem import AsyncOctaMem, OctaMem, OctaMemError
from octamem_testing import chaos


def asks(client: OctaMem) -> None:
    """Ask one question."""
    client.get(query="tea")


def yields(client: OctaMem):
    """Do nothing until somebody asks for the next."""
    yield client.get(query="tea")


async def yields_async(client: AsyncOctaMem):
    """Do nothing until somebody asks for the next."""
    yield await client.get(query="tea")


class Job:
    """A job that is built for a client."""

    def __init__(self, client: OctaMem) -> None:
        client.get(query="tea")


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        (yields, "yields is a generator function"),
        (yields_async, "yields_async is a generator function"),
        (partial(yields), "yields is a generator function"),
        (Job, "got the class Job"),
    ],
    ids=["generator", "async generator", "partial", "class"],
)
def test_a_generator_or_a_class_is_no_scenario(scenario, said):
    """A generator function and a class are refused by name, rather than as programs that send nothing."""
    for refused in (chaos.hunt, partial(chaos.replay, schedule="search: 503")):
        with pytest.raises(chaos.ScenarioError, match=said):
            refused(scenario)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"memories": "Ana"}, "memories: expected a list such as .*, got 'Ana'"),
        ({"memories": 5}, "memories: expected a list such as .*, got 5"),
        ({"settings": 5}, "settings: expected a dict such as .*, got 5"),
        ({"invariants": chaos.Bounded()}, "invariants: expected a list such as "),
    ],
)
def test_a_wrong_argument_is_named(given, said):
    """A single text in place of several memories, and the like, are refused before anything runs."""
    for refused in (chaos.hunt, chaos.run, partial(chaos.replay, schedule="search: 503")):
        with pytest.raises(TypeError, match=said):
            refused(asks, **given)


@pytest.mark.parametrize("schedule", [5, None, b"search: 503"])
def test_a_schedule_is_a_str(schedule):
    """A schedule that is not a str is refused."""
    with pytest.raises(TypeError, match="schedule: expected a str"):
        chaos.replay(asks, schedule)


@pytest.mark.parametrize("most", ["3", True, 0])
def test_a_strategy_takes_numbers(most):
    """The most faults of a schedule is an int of at least 1."""
    with pytest.raises(ValueError, match="most must be an int of at least 1, got "):
        chaos.fault_schedules(most=most)


def test_a_scenario_that_always_fails_proves_nothing():
    """One that ends with an error without any fault fails the test, by hunt and by replay, with that error as cause."""

    def fails(client):
        client.get(query="tea")
        raise OctaMemError("always broken")

    for judged in (chaos.hunt, chaos.run, partial(chaos.replay, schedule="search: 503")):
        with pytest.raises(
            chaos.ChaosFailure, match=r"fails without faults, with OctaMemError: always broken"
        ) as caught:
            judged(fails)
        assert isinstance(caught.value.__cause__, OctaMemError)


def test_a_limit_that_is_spent_from_the_start_proves_nothing():
    """The same holds if the settings refuse every call."""
    with pytest.raises(chaos.ChaosFailure, match="fails without faults, with RateLimitError"):
        chaos.hunt(asks, settings={"limit": 0, "unit": "requests"})


def test_every_public_name_loads():
    """What is exported is there, for annotations too, and sorted."""
    assert {"Chaos", "Report", "ChaosFailure"} <= set(chaos.__all__) <= set(dir(chaos))
    assert all(getattr(chaos, name) is not None for name in chaos.__all__)


def ask_in_turn():
    """Make a program that asks once in the first round, and twice in the second."""
    times = itertools.count(1)
    return lambda client: [client.get(query="tea") for _ in range(next(times))] and None


def claim_in_turn():
    """Make a program that claims another text each time."""
    claims = itertools.cycle((["tea"], []))

    def scenario(client):
        client.add(content="tea")
        return next(claims)

    return scenario


def fail_in_turn():
    """Make a program that fails every second time."""
    errors = itertools.cycle((False, True))

    def scenario(client):
        asks(client)
        if next(errors):
            raise OctaMemError("now and then")

    return scenario


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (ask_in_turn, "was sent to search once in the first and 2 times in the second"),
        (claim_in_turn, "'tea' was claimed once in the first and not at all in the second"),
        (fail_in_turn, "the first ended without an error, the second with OctaMemError: now and then"),
    ],
)
def test_two_rounds_without_faults_are_compared(make, said):
    """Requests, claims and errors are compared, and the message says how they differ."""
    with pytest.raises(chaos.ScenarioError, match="is not deterministic: two rounds without faults differ: ") as caught:
        chaos.hunt(make(), invariants=(chaos.Bounded(),))
    assert said in str(caught.value)
