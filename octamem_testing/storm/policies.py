"""The retry policies that are compared: the SDK's own, and the same with parts left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Optional, Union

from octamem.testing import DEFAULT_RETRY_BUDGET, EARNED_PER_SUCCESS, call_settings

from .bounds import check_number, check_whole

__all__ = ["POLICIES", "Policy", "policy_of"]

MOST_RETRIES = 1_000
MOST_BUDGET = 1e9


@dataclass(frozen=True)
class Policy:
    """How a client of the SDK retries.

    `retries` is its `max_retries`, and `delay` its `retry_delay` in seconds. `jitter=False` makes every wait as long as
    it can be. `budget` is its `retry_budget` in retries, None for none; a call that succeeds without retrying earns
    `paid_in`. Raises ValueError for an invalid value; at most a thousand retries and a budget of a billion are allowed.
    """

    name: str
    retries: int = 3
    delay: float = 1.0
    jitter: bool = True
    budget: Optional[float] = None
    paid_in: float = EARNED_PER_SUCCESS

    def __post_init__(self) -> None:
        call_settings(max_retries=self.retries, retry_delay=self.delay, retry_budget=self.budget)
        check_whole("max_retries", self.retries, least=0, most=MOST_RETRIES)
        check_number("paid_in", self.paid_in, most=MOST_BUDGET)
        if self.budget is not None:
            check_number("retry_budget", self.budget, most=MOST_BUDGET)


POLICIES: Dict[str, Policy] = {
    policy.name: policy
    for policy in (
        Policy("none", retries=0),
        Policy("exponential", jitter=False),
        Policy("jittered"),
        Policy("budgeted", budget=DEFAULT_RETRY_BUDGET),
    )
}
"""By name: no retry; exponential waits; the same with jitter; and the same with a budget, which is the SDK as it is."""


def policy_of(policy: Union[str, Policy]) -> Policy:
    """Return a policy by its name, or the given one; raises ValueError for an unknown name."""
    if isinstance(policy, Policy):
        return policy
    if not isinstance(policy, str) or policy not in POLICIES:
        raise ValueError(f"policy: expected {', '.join(POLICIES)} or a Policy, got {policy!r}")
    return POLICIES[policy]
