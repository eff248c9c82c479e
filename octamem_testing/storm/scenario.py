"""What happens to a fleet: how many clients call how often, what the service can do, and how it fails."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Optional, Tuple, get_args

__all__ = ["ARRIVALS", "DOWNS", "Arrivals", "Down", "Scenario"]

Down = Literal["refused", "stalled"]
"""What a service that is down does: it refuses each request at once, or takes it and carries nothing out."""

DOWNS: Tuple[str, ...] = get_args(Down)

Arrivals = Literal["chance", "even", "in-step"]
"""When clients call: by chance; one after the other in turn; or all at the same moment, as jobs of cron do."""

ARRIVALS: Tuple[str, ...] = get_args(Arrivals)

SPARE = 1.5
"""The capacity that stands where none is given, over what an ordinary day takes: a common headroom of a third."""


@dataclass(frozen=True)
class Scenario:
    """A fleet, a service and a bad day; times are in seconds.

    Each of `clients` makes a call every `every` seconds, whether or not its last one has ended: about so often, at
    moments of chance, or exactly, with `arrivals` either "even", evenly spaced over the fleet, or "in-step", all of
    them at the start and every `every` seconds from there. The service carries out `capacity` requests a second in
    the order in which they came (None: half as many again as it takes to answer every call of an ordinary day in
    time), also those that their client has given up on after `timeout`. It is `down` for `outage` seconds from the
    moment `before`; what stands in its queue then is carried out. A share `partial` of all requests, taken by chance,
    is answered 503. The run ends `after` seconds after the outage.

    ValueError names a value that makes no sense.
    """

    clients: int = 10_000
    outage: float = 30.0
    capacity: Optional[float] = None
    down: Down = "refused"
    partial: float = 0.0
    every: float = 30.0
    timeout: float = 2.0
    before: float = 5.0
    after: float = 60.0
    seed: int = 0
    arrivals: Arrivals = "chance"

    def __post_init__(self) -> None:
        for name, least in (("clients", 1), ("outage", 0), ("before", 0), ("after", 0)):
            _check(name, getattr(self, name), f"a number from {least}", getattr(self, name) >= least)
        for name in ("every", "timeout", *(() if self.capacity is None else ("capacity",))):
            _check(name, getattr(self, name), "a number above 0", getattr(self, name) > 0)
        _check("partial", self.partial, "a share from 0 to 1", 0 <= self.partial <= 1)
        _check("down", self.down, f"one of {', '.join(DOWNS)}", self.down in DOWNS)
        _check("arrivals", self.arrivals, f"one of {', '.join(ARRIVALS)}", self.arrivals in ARRIVALS)

    @property
    def load(self) -> float:
        """The calls a second that the whole fleet makes."""
        return self.clients / self.every

    @property
    def rate(self) -> float:
        """The requests a second that the service can carry out."""
        if self.capacity is not None:
            return self.capacity
        at_once = self.clients / self.timeout if self.arrivals == "in-step" else 0.0
        return SPARE * max(self.load, at_once)

    @property
    def back(self) -> float:
        """The moment at which the service is back."""
        return self.before + self.outage

    @property
    def end(self) -> float:
        """The moment at which the run ends."""
        return self.back + self.after

    @property
    def seconds(self) -> int:
        """How many seconds the run has, the last one perhaps cut."""
        return max(1, math.ceil(self.end))


def _check(name: str, value: object, wanted: str, is_right: bool) -> None:  # noqa: FBT001 - what was found is the point
    if not is_right or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError(f"{name} is {value!r}: it must be {wanted}")
