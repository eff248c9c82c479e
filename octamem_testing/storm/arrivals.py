"""The arrivals of a fleet: the time and the client of each call."""

from __future__ import annotations

from itertools import cycle, repeat
from random import Random
from typing import Callable, Dict, Iterator, Tuple

from .scenario import Arrivals, Scenario

__all__ = ["Arrival", "arrivals"]

Arrival = Tuple[float, int]
"""The seconds since the last call of the fleet, and the number of the client that calls."""


def arrivals(scenario: Scenario) -> Iterator[Arrival]:
    """Yield the calls of the whole fleet in order, without end; they are the same for every policy."""
    return _KINDS[scenario.arrivals](scenario)


def _at_random(scenario: Scenario) -> Iterator[Arrival]:
    # A random stream of its own, so that all policies meet the same calls.
    random = Random(f"{scenario.seed} calls")  # noqa: S311 - repeats on purpose
    load, clients = scenario.load, scenario.clients
    while True:
        yield random.expovariate(load), int(random.random() * clients)


def _evenly(scenario: Scenario) -> Iterator[Arrival]:
    return zip(repeat(1 / scenario.load), cycle(range(scenario.clients)))


def _in_step(scenario: Scenario) -> Iterator[Arrival]:
    since = 0.0
    while True:
        yield since, 0
        yield from ((0.0, client) for client in range(1, scenario.clients))
        since = scenario.interval


_KINDS: Dict[Arrivals, Callable[[Scenario], Iterator[Arrival]]] = {
    "chance": _at_random,
    "even": _evenly,
    "in-step": _in_step,
}
