"""The delay of a hedge: the time within which most answers of an ordinary day come."""

from __future__ import annotations

from itertools import islice

from .arrivals import arrivals
from .scenario import Scenario

__all__ = ["hedging_delay"]

CALLS = 10_000
"""The calls of the ordinary day, enough for a percentile."""


def hedging_delay(scenario: Scenario, share: float) -> float:
    """Return the seconds that this share of the answers does not exceed, without an outage, failures or retries.

    The calls are those of the scenario. "The Tail at Scale" (Dean and Barroso, 2013) waits for the 95th percentile, so
    that about 5 % of the requests are hedged on an ordinary day.
    """
    takes = 1 / scenario.rate
    now = free = 0.0
    latencies = []
    for since, _ in islice(arrivals(scenario), CALLS):
        now += since
        free = max(now, free) + takes
        latencies.append(free - now)
    return sorted(latencies)[min(CALLS - 1, int(share * CALLS))]
