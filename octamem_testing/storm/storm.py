"""The result of a storm: its counters by second, and the numbers that sum it up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Optional, Tuple

from .policies import Policy
from .scenario import Scenario

__all__ = ["Storm"]

HEALTHY = 0.95
"""The share of first attempts answered in time with which a service counts as recovered."""

PROOF = 5
"""The seconds that it must stay recovered until the run ends."""


@dataclass(frozen=True)
class Storm:
    """One scenario under one policy; each series has a number for each second of the run.

    Seconds are counted so that the service is back at the start of one; the first is shorter by the scenario's `lead`.
    The series are, for each second:

    - `begun`: the calls that began in it. Of these, `tried` are those whose first attempt ended before the run,
      `prompt` those of them that were answered in time, and `well` those that succeeded before the run ended.
    - `sent`: the requests; `served`: the requests that the service carried out, in time or too late.
    - `answered` and `lost`: the calls that ended in it, by success or by an error.
    - `longest`: the longest time in the queue of a request that arrived in it, in seconds.
    - `emptied`: the clients whose budget or throttle suppressed a retry for the first time.
    - `rejected`: the calls of which the client's own throttle sent nothing. Each counts as lost, and as tried.

    `suppressed_retries` counts the calls that ended in an error because the client's budget or throttle suppressed a
    retry. A hedge counts as a retry.
    """

    scenario: Scenario
    policy: Policy
    begun: Tuple[int, ...]
    tried: Tuple[int, ...]
    prompt: Tuple[int, ...]
    well: Tuple[int, ...]
    sent: Tuple[int, ...]
    served: Tuple[int, ...]
    answered: Tuple[int, ...]
    lost: Tuple[int, ...]
    longest: Tuple[float, ...]
    emptied: Tuple[int, ...]
    rejected: Tuple[int, ...]
    suppressed_retries: int

    @property
    def calls(self) -> int:
        """The number of calls."""
        return sum(self.begun)

    @property
    def retries(self) -> int:
        """The number of requests that were retries."""
        return sum(self.sent) - self.calls + sum(self.rejected)

    @property
    def calls_lost(self) -> int:
        """The number of calls that ended in an error."""
        return sum(self.lost)

    @property
    def unfinished(self) -> int:
        """The number of calls that were unfinished when the run ended."""
        return self.calls - sum(self.answered) - self.calls_lost

    @property
    def availability(self) -> float:
        """The share of all calls that succeeded before the run ended; 1 if there was none.

        The rest were lost (`calls_lost`) or unfinished (`unfinished`).
        """
        return self.availability_between(0, len(self.begun))

    def availability_between(self, first: int, last: int) -> float:
        """Return the availability of the calls that began from second `first` on and before second `last`."""
        begun = sum(self.begun[first:last])
        return sum(self.well[first:last]) / begun if begun else 1.0

    @property
    def amplification(self) -> float:
        """The requests for each call, on average; 1 without retries."""
        return sum(self.sent) / self.calls if self.calls else 1.0

    @property
    def peak(self) -> int:
        """The most requests in one second after the outage."""
        return max(self.sent[self.scenario.back_second :], default=0)

    @property
    def peak_retries(self) -> int:
        """The most retries in one second after the outage."""
        retries = [sent - begun + own for sent, begun, own in zip(self.sent, self.begun, self.rejected)]
        return max(retries[self.scenario.back_second :], default=0)

    @property
    def time_to_recover(self) -> Optional[float]:
        """The seconds from the end of the outage until the service has recovered, and stays so.

        It has recovered when first attempts are answered in time, for at least five seconds until the end of the run;
        otherwise this is None. Calls whose first attempt is unfinished at the end do not count.
        """
        end, back = len(self.begun), self.scenario.back_second
        while end > back and self.begun[end - 1] and not self.tried[end - 1]:
            end -= 1
        good = end
        while good > back and self.prompt[good - 1] >= HEALTHY * self.tried[good - 1]:
            good -= 1
        proven = end - good >= PROOF and any(self.tried[good:end])
        return float(good - back) if proven else None

    @property
    def tokens_outstanding(self) -> float:
        """The retries that the full budgets or throttles of the fleet allow while no call succeeds; inf for no limit.

        Of a budget, only whole tokens count.
        """
        return self.scenario.clients * self.policy.most_retries

    @property
    def over_within(self) -> float:
        """The approximate seconds from the end of the outage until a storm must end, since no retry token is left.

        The tokens outstanding, and the requests that a stalled service has accepted, divided by the spare requests a
        second of the service; inf without a budget or without spare capacity.
        """
        scenario = self.scenario
        taken = scenario.load * scenario.outage if scenario.down == "stalled" else 0.0
        spare = scenario.rate - scenario.load
        return (self.tokens_outstanding + taken) / spare if spare > 0 else math.inf
