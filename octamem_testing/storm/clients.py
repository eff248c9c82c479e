"""The clients of a fleet: what the SDK's retry generator is given for each, and the throttle of another library."""

from __future__ import annotations

from random import Random
from typing import Callable, List, NamedTuple, Optional

from octamem.testing import Environment, RetryBudget

from .policies import Policy
from .scenario import Scenario
from .throttles import ClientThrottle

__all__ = ["Client", "Clients", "Throttled"]


class Throttled(RetryBudget):
    """A budget that asks the throttle of a client whether a retry may be made."""

    def __init__(self, throttle: ClientThrottle) -> None:
        super().__init__(0)
        self.throttle = throttle
        self.timed_out = False
        """How the request failed that is to be retried, as whoever drives the generator tells before each outcome."""

    def spend(self) -> bool:
        """Return whether the throttle allows a retry."""
        return self.throttle.retry(timed_out=self.timed_out)

    def earn(self) -> None:
        """Do nothing: the throttle counts successes itself."""


class Client(NamedTuple):
    """The environment of a client's calls, and its throttle if it has one."""

    environment: Environment
    throttled: Optional[Throttled]


class Clients:
    """All clients of a fleet with one policy; a client is built at its first call, because most may not call at all."""

    def __init__(self, scenario: Scenario, policy: Policy, now: Callable[[], float]) -> None:
        self._policy = policy
        self._now = now
        chance = Random(f"{scenario.seed} jitter").random  # noqa: S311 - repeats on purpose
        self._random: Callable[[], float] = chance if policy.jitter else lambda: 1.0
        # A random stream of its own, so that a throttle does not change the waits.
        self._rejects = Random(f"{scenario.seed} throttle").random  # noqa: S311 - repeats on purpose
        alike = policy.budget is None and policy.throttle is None
        self._common = Client(Environment(now, self._random), None) if alike else None
        self._clients: List[Optional[Client]] = [None] * (0 if alike else scenario.clients)

    def __getitem__(self, number: int) -> Client:
        """Return a client."""
        if self._common is not None:
            return self._common
        client = self._clients[number]
        if client is None:
            client = self._clients[number] = self._new()
        return client

    def _new(self) -> Client:
        policy = self._policy
        if policy.throttle is not None:
            throttled = Throttled(policy.throttle.client(self._now, self._rejects))
            return Client(Environment(self._now, self._random, budget=throttled), throttled)
        budget = RetryBudget(policy.budget or 0.0, earned_per_success=policy.paid_in)
        return Client(Environment(self._now, self._random, budget=budget), None)
