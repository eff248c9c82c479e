"""The scenario of a storm: the clients and their calls, the capacity of the service, and how it fails."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Optional, Tuple, get_args

from .bounds import MOST_CALLS, MOST_CLIENTS, MOST_RATE, MOST_SECONDS, check, check_number, check_whole

__all__ = ["ARRIVALS", "DOWNS", "SPARE", "USUAL_CALLS", "USUAL_EVERY", "Arrivals", "Down", "Scenario"]

Down = Literal["refused", "stalled"]
"""How a service is down: it refuses each request at once, or accepts it and carries nothing out."""

DOWNS: Tuple[str, ...] = get_args(Down)

Arrivals = Literal["chance", "even", "in-step"]
"""When clients call: at random; one after the other in turn; or all at the same moment, as cron jobs do."""

ARRIVALS: Tuple[str, ...] = get_args(Arrivals)

SPARE = 1.5
"""The default capacity, relative to the load without failures: a common headroom of a third."""

ROOM = 20
"""The least requests that a service of default capacity carries out within the timeout of a client.

The queue of such a service is this long once in some millions of random calls.
"""

USUAL_EVERY = 30.0
"""The default seconds between the calls of a client: an agent at work."""

USUAL_CALLS = 4_000.0
"""The most calls a second of a fleet by default.

A larger fleet calls less often, so that a storm of any size takes less than a minute of one core for each policy.
"""


@dataclass(frozen=True)
class Scenario:
    """A fleet, a service and a bad day; times are in seconds.

    Each of `clients` makes a call every `every` seconds, whether or not its last one has ended. With `arrivals` as
    "chance" it calls at random moments, with "even" the calls of the fleet are evenly spaced, and with "in-step" all
    clients call at the start and then every `every` seconds. The default of `every` is 30 s; a fleet of more than
    120,000 clients that are not in step makes 4,000 calls a second instead. `interval` is the resulting time.

    The service carries out `capacity` requests a second in order of arrival, those included whose client has given up
    after `timeout`; the default is one and a half times what a day without failures takes. The service is `down` for
    `outage` seconds from the moment `before`; the requests that are in its queue then are carried out afterwards. A
    random share `partial` of all requests is answered 503. The run ends `after` seconds after the outage.

    With `shed`, the service answers 503 at once, and at no cost, if its queue holds that many seconds of work. With
    `retry_after`, each 503 asks to wait that many seconds, and a service that is down and refuses answers so too. With
    `reads`, the calls are searches instead of adds.

    Raises ValueError for a value that is invalid or above the bounds: ten million clients, a million seconds for each
    part of the run, a hundred million calls in all.
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
    shed: Optional[float] = None
    retry_after: Optional[float] = None
    reads: bool = False

    def __post_init__(self) -> None:
        check_whole("clients", self.clients, least=1, most=MOST_CLIENTS)
        for name in ("outage", "before", "after"):
            check_number(name, getattr(self, name), most=MOST_SECONDS)
        check_number("timeout", self.timeout, most=MOST_SECONDS, above=True)
        for name in ("every", "capacity"):
            if getattr(self, name) is not None:
                check_number(name, getattr(self, name), most=MOST_RATE, above=True)
        for name in ("shed", "retry_after"):
            if getattr(self, name) is not None:
                check_number(name, getattr(self, name), most=MOST_SECONDS)
        is_share = isinstance(self.partial, (int, float)) and 0 <= self.partial <= 1
        check("partial", self.partial, "a number from 0 to 1", is_share)
        check("down", self.down, f"one of {', '.join(DOWNS)}", self.down in DOWNS)
        check("arrivals", self.arrivals, f"one of {', '.join(ARRIVALS)}", self.arrivals in ARRIVALS)
        check("seed", self.seed, "an int", isinstance(self.seed, int))
        check("reads", self.reads, "a bool", isinstance(self.reads, bool))
        at_most = f"long enough that {self.clients:,} clients make at most {MOST_CALLS:,} calls in {self.end:g} s"
        check("every", self.interval, at_most, self.expected <= MOST_CALLS)

    @property
    def interval(self) -> float:
        """The seconds between two calls of a client."""
        if self.every is not None:
            return self.every
        seldom = 0.0 if self.arrivals == "in-step" else self.clients / USUAL_CALLS
        return max(USUAL_EVERY, seldom)

    @property
    def load(self) -> float:
        """The calls a second of the whole fleet."""
        return self.clients / self.interval

    @property
    def expected(self) -> float:
        """The expected number of calls of the whole run."""
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
        """The index of the second at whose start the service is back; second 0 may be shorter."""
        return math.ceil(self.back)

    @property
    def lead(self) -> float:
        """The part that is missing from the first second of the run."""
        return self.back_second - self.back

    @property
    def seconds(self) -> int:
        """The number of seconds of the run; the first and the last may be shorter."""
        return max(1, self.back_second + math.ceil(self.after))
