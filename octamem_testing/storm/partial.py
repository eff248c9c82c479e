"""A failure in part that lasts: the case in which a budget gives up, and calls fail that retries would have saved."""

from __future__ import annotations

from .scenario import Scenario
from .storm import Storm

__all__ = ["AT_FIRST", "CALLS", "at_first", "in_the_end", "lasting"]

CALLS = 1000
"""The calls that each client makes: enough to spend a budget of ordinary size, and to see what comes after."""

AT_FIRST = 100
"""How many of them count as the first, made while the budget lasts."""


def lasting(partial: float = 0.3, *, seed: int = 0) -> Scenario:
    """Return the scenario in which that share of all requests fails, from the first to the last.

    A client makes a call a second and the service has room for every retry: nothing fails but by chance.
    """
    clients = 10
    return Scenario(
        clients=clients,
        outage=0.0,
        capacity=100.0 * clients,
        partial=partial,
        every=1.0,
        before=0.0,
        after=float(CALLS),
        seed=seed,
    )


def at_first(storm: Storm) -> float:
    """Return the share of calls that end well while the budgets last."""
    return storm.availability_between(0, AT_FIRST)


def in_the_end(storm: Storm) -> float:
    """Return the share of calls that end well in the second half of such a run."""
    return storm.availability_between(CALLS // 2, CALLS)
