"""A lasting partial failure: the case in which a budget suppresses retries that would have saved calls."""

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
"""The default share of requests that fails: it spends the SDK's own budget."""

CALLS = 1000
"""The calls of each client: enough to spend an ordinary budget, and to see what follows."""

AT_FIRST = 100
"""The number of calls that count as the first."""

MOST = 10_000
"""The most calls of each client, some seconds of work: a budget that lasts longer is not spent."""

SCATTER = 1.25
"""The longest time until a client has spent its budget, relative to the average."""


def lasting(partial: float = USUAL_PARTIAL, *, seed: int = 0, calls: int = CALLS, reads: bool = False) -> Scenario:
    """Return the scenario in which a share of all requests fails, from the first to the last.

    Ten clients make about `calls` calls each, one a second, and the service has capacity for every retry. Raises
    ValueError for an invalid share or number of calls.
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
        reads=reads,
    )


def to_spend(policy: Policy, partial: float) -> float:
    """Return the average number of calls after which a client may not retry; inf if it never does.

    Each retry spends one token of a budget, and each call that succeeds without retrying earns some.
    """
    if policy.throttle is not None:
        return policy.throttle.calls_to_spend(partial, policy.retries)
    asked = sum(partial**number for number in range(1, policy.retries + 1))
    drain = asked - policy.paid_in * (1 - partial)
    return policy.budget / drain if policy.budget is not None and drain > 0 else math.inf


def enough(policies: Iterable[Policy], partial: float) -> int:
    """Return the calls of each client, so many that half of them spend every budget that can be spent."""
    needed = [2 * SCATTER * to_spend(policy, partial) for policy in policies]
    longest = max((each for each in needed if each <= MOST), default=0.0)
    return max(CALLS, 100 * math.ceil(longest / 100))


def calls_each(storm: Storm) -> int:
    """Return the approximate number of calls of each client of such a run."""
    return len(storm.begun)


def at_first(storm: Storm) -> float:
    """Return the share of the first calls that succeed."""
    return storm.availability_between(0, AT_FIRST)


def in_the_end(storm: Storm) -> float:
    """Return the share of calls that succeed in the second half of such a run."""
    return storm.availability_between(calls_each(storm) // 2, calls_each(storm))


def spent(storm: Storm) -> Tuple[int, int]:
    """Return the number of clients that had spent their budget before the second half of such a run, and at its end."""
    return sum(storm.emptied[: calls_each(storm) // 2]), sum(storm.emptied)
