"""Storms: the load of a fleet of clients on a service that is down, comes back, or fails in part."""

from __future__ import annotations

from typing import Iterable, Optional, Tuple, Union

from .backoffs import BACKOFFS
from .contention import Contention, contend
from .fleet import play
from .partial import lasting
from .policies import POLICIES, Policy, policy_of
from .scenario import USUAL_CALLS, USUAL_EVERY, Arrivals, Down, Scenario
from .storm import Storm
from .throttles import AdaptiveThrottle, AwsQuota, FinagleBudget, GrpcThrottle

__all__ = [
    "BACKOFFS",
    "POLICIES",
    "USUAL_CALLS",
    "USUAL_EVERY",
    "AdaptiveThrottle",
    "Arrivals",
    "AwsQuota",
    "Contention",
    "Down",
    "FinagleBudget",
    "GrpcThrottle",
    "Policy",
    "Scenario",
    "Storm",
    "compare",
    "contend",
    "lasting",
    "run",
]


def run(
    *,
    policy: Union[str, Policy] = "budgeted",
    clients: int = Scenario.clients,
    outage: float = Scenario.outage,
    capacity: Optional[float] = Scenario.capacity,
    down: Down = Scenario.down,
    partial: float = Scenario.partial,
    every: Optional[float] = Scenario.every,
    timeout: float = Scenario.timeout,
    before: float = Scenario.before,
    after: float = Scenario.after,
    seed: int = Scenario.seed,
    arrivals: Arrivals = Scenario.arrivals,
    shed: Optional[float] = Scenario.shed,
    retry_after: Optional[float] = Scenario.retry_after,
    reads: bool = Scenario.reads,
) -> Storm:
    """Simulate one fleet with one policy; the options are those of a Scenario, in seconds and requests a second.

    Raises ValueError for an option that is invalid or out of its bounds, and for an unknown policy.
    """
    scenario = Scenario(
        clients,
        outage,
        capacity,
        down,
        partial,
        every,
        timeout,
        before,
        after,
        seed,
        arrivals,
        shed,
        retry_after,
        reads,
    )
    return play(scenario, policy_of(policy))


def compare(
    scenario: Scenario, policies: Union[str, Policy, Iterable[Union[str, Policy]]] = tuple(POLICIES)
) -> Tuple[Storm, ...]:
    """Simulate the scenario once for each policy, by name or of your own; all policies meet the same calls.

    Raises ValueError for an unknown policy.
    """
    if isinstance(policies, (str, Policy)):
        policies = (policies,)
    return tuple(play(scenario, policy_of(policy)) for policy in policies)
