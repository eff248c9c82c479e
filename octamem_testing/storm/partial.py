"""A failure in part that lasts: the case in which a budget gives up, and calls fail that retries would have saved."""

from __future__ import annotations

import math
from typing import Iterable, Tuple

from .policies import Policy
from .scenario import Scenario
from .storm import Storm

__all__ = [
    "AT_FIRST",
    "CALLS",
    "MOST",
    "USUAL_PARTIAL",
    "at_first",
    "calls_each",
    "enough",
    "in_the_end",
    "lasting",
    "spent",
    "to_spend",
]

USUAL_PARTIAL = 0.3
"""The share of all requests that fails where nothing is said: with it the SDK's own budget is spent."""

CALLS = 1000
"""The calls that each client makes: enough to spend a budget of ordinary size, and to see what comes after."""

AT_FIRST = 100
"""How many of them count as the first."""

MOST = 10_000
"""The calls that each client makes at the most, some seconds of work: a budget that lasts longer is not spent."""

SCATTER = 1.25
"""How much longer than on average it may take until the last client has spent its budget."""


def lasting(partial: float = USUAL_PARTIAL, *, seed: int = 0, calls: int = CALLS) -> Scenario:
    """Return the scenario in which that share of all requests fails, from the first to the last.

    Ten clients make about `calls` calls each, one a second, and the service has room for every retry: nothing fails but
    by chance. ValueError names what makes no sense.
    """
    clients = 10
    return Scenario(
        clients=clients,
        outage=0.0,
        capacity=100.0 * clients,
        partial=partial,
        every=1.0,
        before=0.0,
        after=float(calls),
        seed=seed,
    )


def to_spend(policy: Policy, partial: float) -> float:
    """Return the calls of a client in which it spends its budget, on average; inf where it never does.

    A retry is made for each failure but the last, and each success at the first attempt pays in.
    """
    asked = sum(partial**number for number in range(1, policy.retries + 1))
    drain = asked - policy.paid_in * (1 - partial)
    return policy.budget / drain if policy.budget is not None and drain > 0 else math.inf


def enough(policies: Iterable[Policy], partial: float) -> int:
    """Return the calls of each client after half of which every budget is spent that can be, within reason."""
    needed = [2 * SCATTER * to_spend(policy, partial) for policy in policies]
    longest = max((each for each in needed if each <= MOST), default=0.0)
    return max(CALLS, 100 * math.ceil(longest / 100))


def calls_each(storm: Storm) -> int:
    """Return about how many calls each client of such a run makes."""
    return len(storm.begun)


def at_first(storm: Storm) -> float:
    """Return the share of the first calls that end well."""
    return storm.availability_between(0, AT_FIRST)


def in_the_end(storm: Storm) -> float:
    """Return the share of calls that end well in the second half of such a run."""
    return storm.availability_between(calls_each(storm) // 2, calls_each(storm))


def spent(storm: Storm) -> Tuple[int, int]:
    """Return how many clients had spent their budget before the second half of such a run, and in all of it."""
    return sum(storm.emptied[: calls_each(storm) // 2]), sum(storm.emptied)
