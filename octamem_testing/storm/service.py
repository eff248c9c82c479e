"""A service of finite capacity: one queue, first come, first served, abandoned requests included."""

from __future__ import annotations

from random import Random
from typing import List, Tuple

from octamem.testing import Answer, Failure, SendOutcome

from .scenario import Scenario

__all__ = ["DONE", "Service"]

DONE = Answer(200)
"""The shortest answer that the SDK accepts for an add."""

FAILED = Answer(503)
# Without a message, which nobody reads here and the SDK would redact each time.
REFUSED = Failure("", arrived=False)
LATE = Failure("", limit="read")


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
        self._refuses = scenario.down == "refused"
        self._partial = scenario.partial
        self._timeout = scenario.timeout
        self._free = 0.0
        self._random = Random(f"{scenario.seed} partial").random  # noqa: S311 - repeats on purpose

    def take(self, now: float) -> Tuple[SendOutcome, float]:
        """Accept a request now, and return what its client gets and after how many seconds."""
        begins = max(now, self._free)
        if self._down <= now < self._back:
            if self._refuses:
                return REFUSED, 0.0
            begins = max(begins, self._back)
        if self._partial and self._random() < self._partial:
            return FAILED, 0.0
        self._free = done = begins + self._takes
        if done < len(self.served):
            self.served[int(done)] += 1
        self.longest[int(now)] = max(self.longest[int(now)], begins - now)
        return (DONE, done - now) if done - now <= self._timeout else (LATE, self._timeout)
