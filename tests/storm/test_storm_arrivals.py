"""When clients call: by chance, one after the other, or in step; and what jitter is worth to those in step."""

from __future__ import annotations

from itertools import accumulate, islice
from typing import List, Tuple

import pytest

from octamem_testing.storm import Arrivals, Scenario, compare, run
from octamem_testing.storm.arrivals import arrivals

IN_STEP = Scenario(clients=300, every=20.0, arrivals="in-step", before=5.0, outage=19.0, after=30.0)
"""They call at 0, 20, 40 and so on; the service is back four seconds after one of those."""


def calls(kind: Arrivals, count: int, seed: int = 0) -> List[Tuple[float, int]]:
    """Give the moments and the clients of the first calls of five clients that call every ten seconds."""
    found = list(islice(arrivals(Scenario(clients=5, every=10.0, arrivals=kind, seed=seed)), count))
    return list(zip(accumulate(since for since, _ in found), (client for _, client in found)))


def test_evenly_each_client_calls_in_its_turn() -> None:
    """The calls of the fleet are evenly spaced, and those of each client `every` seconds apart."""
    assert calls("even", 11) == [(2.0 * (number + 1), number % 5) for number in range(11)]


def test_in_step_all_clients_call_at_the_same_moments() -> None:
    """All of them call at the start, and again every `every` seconds."""
    assert calls("in-step", 12) == [(10.0 * (number // 5), number % 5) for number in range(12)]


def test_by_chance_each_client_calls_about_as_often() -> None:
    """In a long time all make about as many calls, at moments that follow from the seed."""
    found = calls("chance", 5000)
    assert found[-1][0] == pytest.approx(10.0 * 1000, rel=0.1)
    assert all(sum(each == client for _, each in found) == pytest.approx(1000, rel=0.1) for client in range(5))
    assert found == calls("chance", 5000) != calls("chance", 5000, seed=1)


def test_jitter_spreads_the_retries_of_clients_in_step() -> None:
    """Plain exponential waits bring all of them back in one second, jittered ones in two seconds and more."""
    plain, jittered = compare(IN_STEP, ["exponential", "jittered"])
    assert plain.peak_retries == 300
    assert 100 < jittered.peak_retries < 200
    assert plain.longest[27] > 2 * max(jittered.longest[24:29])


def test_a_service_has_room_for_an_ordinary_day_in_step() -> None:
    """Where no capacity is given, calls that come at one moment are answered in time, as evenly spread ones are."""
    assert IN_STEP.rate == 1.5 * 300 / IN_STEP.timeout
    for kind in ("even", "in-step"):
        calm = run(clients=300, every=20.0, arrivals=kind, outage=0.0, after=40.0)
        assert (calm.retries, calm.calls_lost, calm.time_to_recover) == (0, 0, 0.0)


def test_a_recovery_is_proven_by_calls() -> None:
    """Seconds in which nobody calls say nothing of the service."""
    silent = run(clients=10, every=60.0, arrivals="in-step", before=1.0, outage=2.0, after=20.0)
    assert silent.time_to_recover is None
