"""A service of finite capacity: one queue, first come, first served, abandoned requests included; it may shed load."""

from __future__ import annotations

import math
from random import Random
from typing import List, Tuple

from octamem.testing import Answer, Failure, SendOutcome

from .scenario import Scenario

__all__ = ["LATE", "Service"]

ADDED = Answer(200)
FOUND = Answer(200, body=b"{}")
# The shortest answers that the SDK accepts for an add and for a search.

# Without a message, which nobody reads here and the SDK would redact each time.
REFUSED = Failure("", arrived=False)
LATE = Failure("", limit="read")
"""No answer within the client's limit."""


class Service:
    """The service of a scenario; `served` counts the requests that it carries out, by second.

    Its clock is that of the run, which starts at the scenario's `lead`.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.served: List[int] = [0] * scenario.seconds
        self.longest: List[float] = [0.0] * scenario.seconds
        """The longest time in the queue of a request that arrived in that second, in seconds."""
        self._takes = 1 / scenario.rate
        self._down, self._back = scenario.lead + scenario.before, scenario.back_second
        self.done = FOUND if scenario.reads else ADDED
        """The answer to a request that was carried out in time."""
        asks = {} if scenario.retry_after is None else {"retry-after": f"{scenario.retry_after:f}"}
        self._failed = Answer(503, headers=asks)
        self._refuses = scenario.down == "refused"
        self._refused = self._failed if asks else REFUSED
        self._most = math.inf if scenario.shed is None else scenario.shed
        self._partial = scenario.partial
        self._timeout = scenario.timeout
        self._free = 0.0
        self._random = Random(f"{scenario.seed} partial").random  # noqa: S311 - repeats on purpose

    def take(self, now: float) -> Tuple[SendOutcome, float]:
        """Accept a request now, and return what its client gets and after how many seconds."""
        works = now
        if self._down <= now < self._back:
            if self._refuses:
                return self._refused, 0.0
            works = self._back
        begins = max(works, self._free)
        # Work is what the queue holds, however long the service does not touch it.
        if begins - works > self._most:
            return self._failed, 0.0
        if self._partial and self._random() < self._partial:
            return self._failed, 0.0
        self._free = done = begins + self._takes
        if done < len(self.served):
            self.served[int(done)] += 1
        self.longest[int(now)] = max(self.longest[int(now)], begins - now)
        return (self.done, done - now) if done - now <= self._timeout else (LATE, self._timeout)
