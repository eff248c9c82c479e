"""What happens to a fleet: how many clients call how often, what the service can do, and how it fails."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Optional, Tuple, get_args

from .bounds import MOST_CALLS, MOST_CLIENTS, MOST_RATE, MOST_SECONDS, check, check_number, check_whole

__all__ = ["ARRIVALS", "DOWNS", "SPARE", "USUAL_CALLS", "USUAL_EVERY", "Arrivals", "Down", "Scenario"]

Down = Literal["refused", "stalled"]
"""What a service that is down does: it refuses each request at once, or takes it and carries nothing out."""

DOWNS: Tuple[str, ...] = get_args(Down)

Arrivals = Literal["chance", "even", "in-step"]
"""When clients call: by chance; one after the other in turn; or all at the same moment, as jobs of cron do."""

ARRIVALS: Tuple[str, ...] = get_args(Arrivals)

SPARE = 1.5
"""The capacity that stands where none is given, over what an ordinary day takes: a common headroom of a third."""

ROOM = 20
"""The requests that such a service carries out within the limit of a client, at the least.

As many stand in the queue of a service of that headroom once in some millions of calls that come by chance.
"""

USUAL_EVERY = 30.0
"""The seconds between the calls of a client where nothing is said: an agent at work."""

USUAL_CALLS = 4_000.0
"""The calls a second of a fleet at the most, where nothing is said.

A larger fleet calls more seldom, so that a storm of any size takes less than a minute of one core for each policy.
"""


@dataclass(frozen=True)
class Scenario:
    """A fleet, a service and a bad day; times are in seconds.

    Each of `clients` makes a call every `every` seconds, whether or not its last one has ended: about so often, at
    moments of chance, or exactly, with `arrivals` either "even", evenly spaced over the fleet, or "in-step", all of
    them at the start and every `every` seconds from there. With None it is 30 s; for more than 120,000 clients that
    are not in step it is so long that the fleet makes 4,000 calls a second; `interval` is what came of it.

    The service carries out `capacity` requests a second in the order in which they came (None: half as many again as
    it takes to answer every call of an ordinary day in time), also those that their client has given up on after
    `timeout`. It is `down` for `outage` seconds from the moment `before`; what stands in its queue then is carried
    out. A share `partial` of all requests, taken by chance, is answered 503. The run ends `after` seconds after the
    outage.

    ValueError names a value that makes no sense, or is above the bounds: ten million clients, a million seconds for
    each part of the run, a hundred million calls in all.
    """

    clients: int = 10_000
    outage: float = 30.0
    capacity: Optional[float] = None
    down: Down = "refused"
    partial: float = 0.0
    every: Optional[float] = None
    timeout: float = 2.0
    before: float = 5.0
    after: float = 60.0
    seed: int = 0
    arrivals: Arrivals = "chance"

    def __post_init__(self) -> None:
        check_whole("clients", self.clients, least=1, most=MOST_CLIENTS)
        for name in ("outage", "before", "after"):
            check_number(name, getattr(self, name), most=MOST_SECONDS)
        check_number("timeout", self.timeout, most=MOST_SECONDS, above=True)
        for name in ("every", "capacity"):
            if getattr(self, name) is not None:
                check_number(name, getattr(self, name), most=MOST_RATE, above=True)
        is_share = isinstance(self.partial, (int, float)) and 0 <= self.partial <= 1
        check("partial", self.partial, "a share from 0 to 1", is_share)
        check("down", self.down, f"one of {', '.join(DOWNS)}", self.down in DOWNS)
        check("arrivals", self.arrivals, f"one of {', '.join(ARRIVALS)}", self.arrivals in ARRIVALS)
        check("seed", self.seed, "a whole number", isinstance(self.seed, int))
        seldom = f"so long that {self.clients:,} clients make {MOST_CALLS:,} calls at most in {self.end:g} s"
        check("every", self.interval, seldom, self.expected <= MOST_CALLS)

    @property
    def interval(self) -> float:
        """The seconds between two calls of a client."""
        if self.every is not None:
            return self.every
        seldom = 0.0 if self.arrivals == "in-step" else self.clients / USUAL_CALLS
        return max(USUAL_EVERY, seldom)

    @property
    def load(self) -> float:
        """The calls a second that the whole fleet makes."""
        return self.clients / self.interval

    @property
    def expected(self) -> float:
        """About the calls that are made in the whole run."""
        return self.load * self.end + (self.clients if self.arrivals == "in-step" else 0)

    @property
    def rate(self) -> float:
        """The requests a second that the service can carry out."""
        if self.capacity is not None:
            return self.capacity
        at_once = self.clients / self.timeout if self.arrivals == "in-step" else 0.0
        return max(SPARE * max(self.load, at_once), ROOM / self.timeout)

    @property
    def back(self) -> float:
        """The moment at which the service is back."""
        return self.before + self.outage

    @property
    def end(self) -> float:
        """The moment at which the run ends."""
        return self.back + self.after

    @property
    def back_second(self) -> int:
        """The number of the second at whose start the service is back; the first of the run is 0, and perhaps cut."""
        return math.ceil(self.back)

    @property
    def lead(self) -> float:
        """What that first second lacks of a whole one."""
        return self.back_second - self.back

    @property
    def seconds(self) -> int:
        """How many seconds the run has, the first and the last one perhaps cut."""
        return max(1, self.back_second + math.ceil(self.after))
