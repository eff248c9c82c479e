"""What the throttles have in common: a rule with its numbers, and what one client knows of its own requests."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Callable, Optional

__all__ = ["ClientThrottle", "Throttle"]


class ClientThrottle:
    """What one client knows; this one allows everything."""

    def begin(self) -> bool:
        """Count a call, and return whether its first request may be sent."""
        return True

    def fail(self) -> None:
        """Count a request that failed."""

    def retry(self, *, timed_out: bool) -> bool:
        """Return whether a retry may be made, and count it; `timed_out` tells how the request before it failed."""
        del timed_out
        return True

    def succeed(self, *, after: Optional[bool]) -> None:
        """Count a call that succeeded; `after` is None without a retry, else whether the last failure was a timeout."""


class Throttle(ABC):
    """A rule with its numbers, the same for all clients of a fleet."""

    @abstractmethod
    def client(self, now: Callable[[], float], random: Callable[[], float]) -> ClientThrottle:
        """Return the state of a new client, by the time in seconds and random numbers from 0 to below 1."""

    @property
    def most_retries(self) -> float:
        """The most retries of a fresh client while no call succeeds; inf if time brings more."""
        return math.inf

    def calls_to_spend(self, share: float, retries: int) -> float:
        """Return the average calls after which a client may not retry, if that share of all requests is answered 503.

        It is inf if what calls earn is enough for good.
        """
        del share, retries
        return math.inf
