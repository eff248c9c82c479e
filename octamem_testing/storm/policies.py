"""The retry policies that are compared: the SDK's own, the same with parts left out, and those that others ship."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Dict, Optional, Union

from octamem.testing import DEFAULT_RETRY_BUDGET, EARNED_PER_SUCCESS, call_settings

from .bounds import check, check_number, check_whole
from .throttles import AdaptiveThrottle, AwsQuota, FinagleBudget, GrpcThrottle, Throttle

__all__ = ["POLICIES", "Policy", "policy_of"]

MOST_RETRIES = 1_000
MOST_BUDGET = 1e9


@dataclass(frozen=True)
class Policy:
    """How a client of the SDK retries.

    `retries` is its `max_retries`, and `delay` its `retry_delay` in seconds. `jitter=False` makes every wait as long as
    it can be. `budget` is its `retry_budget` in retries, None for none; a call that succeeds without retrying earns
    `paid_in`. `throttle` is a rule that another library ships, in place of a budget.

    `hedge` makes it send reads a second time: after a delay that this share of the answers of an ordinary day does not
    need, or at once if the first one fails. The first good answer counts. A write is never hedged.

    Raises ValueError for an invalid value; at most a thousand retries and a budget of a billion are allowed.
    """

    name: str
    retries: int = 3
    delay: float = 1.0
    jitter: bool = True
    budget: Optional[float] = None
    paid_in: float = EARNED_PER_SUCCESS
    throttle: Optional[Throttle] = None
    hedge: Optional[float] = None

    def __post_init__(self) -> None:
        call_settings(max_retries=self.retries, retry_delay=self.delay, retry_budget=self.budget)
        check_whole("max_retries", self.retries, least=0, most=MOST_RETRIES)
        check_number("paid_in", self.paid_in, most=MOST_BUDGET)
        if self.budget is not None:
            check_number("retry_budget", self.budget, most=MOST_BUDGET)
        is_rule = isinstance(self.throttle, Throttle) and self.budget is None
        check("throttle", self.throttle, "a Throttle, without a budget, or None", self.throttle is None or is_rule)
        is_share = isinstance(self.hedge, (int, float)) and 0 <= self.hedge < 1
        check("hedge", self.hedge, "a number from 0 to below 1, or None", self.hedge is None or is_share)

    @property
    def most_retries(self) -> float:
        """The retries that a fresh client can make while no call succeeds; inf if nothing limits them."""
        if self.retries == 0 and self.hedge is None:
            return 0.0
        if self.throttle is not None:
            return self.throttle.most_retries
        return math.inf if self.budget is None else self.budget // 1.0


POLICIES: Dict[str, Policy] = {
    policy.name: policy
    for policy in (
        Policy("none", retries=0),
        Policy("exponential", jitter=False),
        Policy("jittered"),
        Policy("budgeted", budget=DEFAULT_RETRY_BUDGET),
        Policy("aws", throttle=AwsQuota()),
        Policy("grpc", throttle=GrpcThrottle()),
        Policy("finagle", throttle=FinagleBudget()),
        Policy("adaptive", throttle=AdaptiveThrottle()),
        # gRPC A6: a method has a policy for retries or one for hedges, not both.
        Policy("hedging", retries=0, hedge=0.95),
    )
}
"""By name: no retry; exponential waits; the same with jitter; and the same with a budget, which is the SDK as it is.

Then the rules that others ship, with the SDK's retries and waits: of the AWS SDKs, gRPC, Finagle and the SRE book.
Last, in place of retries, a second request for a read that takes longer than 95 % do on an ordinary day. See "The Tail
at Scale" (Dean and Barroso, 2013), and "Hedging Policy" in gRPC proposal A6.
"""


def policy_of(policy: Union[str, Policy]) -> Policy:
    """Return a policy by its name, or the given one; raises ValueError for an unknown name."""
    if isinstance(policy, Policy):
        return policy
    if not isinstance(policy, str) or policy not in POLICIES:
        raise ValueError(f"policy: expected {', '.join(POLICIES)} or a Policy, got {policy!r}")
    return POLICIES[policy]
