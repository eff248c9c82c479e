"""What came of a storm, second by second, and the few numbers that it is judged by."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Optional, Tuple

from .policies import Policy
from .scenario import Scenario

__all__ = ["Storm"]

HEALTHY = 0.95
"""The share of first attempts that are answered in time from which on a service counts as recovered."""

PROOF = 5
"""The seconds that it must stay so before the run ends."""


@dataclass(frozen=True)
class Storm:
    """One scenario under one policy; each series has a number for each second of the run.

    The seconds are told so that the service is back at the start of one: the first lacks the scenario's `lead`.

    `begun` are the calls that began then; of these, `tried` are those whose first attempt came to an end before the run
    did, `prompt` those of them that were answered in time, and `well` the calls that ended well before the run did, at
    whichever attempt. `sent` are the requests that were made; `served` those that the service carried out, in time or
    too late; `answered` and `lost` the calls that ended then, well or in an error; `longest` the longest wait in the
    queue that a request of that second had, in seconds; `emptied` the clients whose budget held a retry back then, for
    the first time. `held_back` counts the calls that ended in an error as their client had no budget left.
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
    held_back: int

    @property
    def calls(self) -> int:
        """How many calls were made."""
        return sum(self.begun)

    @property
    def retries(self) -> int:
        """How many of the requests were retries."""
        return sum(self.sent) - self.calls

    @property
    def calls_lost(self) -> int:
        """How many calls ended in an error."""
        return sum(self.lost)

    @property
    def unfinished(self) -> int:
        """How many calls were still under way when the run ended."""
        return self.calls - sum(self.answered) - self.calls_lost

    @property
    def availability(self) -> float:
        """The share of all calls that ended well before the run did; 1 where none was made.

        What is missing was lost, or was still under way: `calls_lost` and `unfinished` tell them apart.
        """
        return self.availability_between(0, len(self.begun))

    def availability_between(self, first: int, last: int) -> float:
        """Return the same for the calls that began from that second on and before that other one."""
        begun = sum(self.begun[first:last])
        return sum(self.well[first:last]) / begun if begun else 1.0

    @property
    def amplification(self) -> float:
        """The requests that were made for each call; 1 without retries."""
        return sum(self.sent) / self.calls if self.calls else 1.0

    @property
    def peak(self) -> int:
        """The most requests in one second, from the moment that the service is back."""
        return max(self.sent[self.scenario.back_second :], default=0)

    @property
    def peak_retries(self) -> int:
        """The most retries in one second, from the moment that the service is back."""
        retries = [sent - begun for sent, begun in zip(self.sent, self.begun)]
        return max(retries[self.scenario.back_second :], default=0)

    @property
    def time_to_recover(self) -> Optional[float]:
        """The seconds from the end of the outage until first attempts are answered in time again, and stay so.

        None where that is not seen, and proven by five seconds in which calls are answered, before the run ends: of
        calls whose first attempt is still under way nothing is known.
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
    def stored(self) -> float:
        """The retries that the fleet has in store when all its budgets are full, perhaps inf.

        That is the clients times the budget, of which a part of a retry is none.
        """
        if self.policy.retries == 0:
            return 0.0
        return math.inf if self.policy.budget is None else self.scenario.clients * (self.policy.budget // 1.0)

    @property
    def over_within(self) -> float:
        """About the seconds from the end of the outage within which a storm ends, as no retry is left to feed it.

        What is in store, and what a service that is stalled has taken, over the requests a second that it has to spare;
        inf without a budget, or where there is nothing to spare.
        """
        scenario = self.scenario
        taken = scenario.load * scenario.outage if scenario.down == "stalled" else 0.0
        spare = scenario.rate - scenario.load
        return (self.stored + taken) / spare if spare > 0 else math.inf
