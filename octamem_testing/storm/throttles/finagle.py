"""The retry budget of Finagle: a share of the calls of the last seconds, and some retries a second besides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, List

from octamem_testing.storm.bounds import check_number

from .throttle import ClientThrottle, Throttle

__all__ = ["FinagleBudget"]

SLICES = 10
"""The parts of the window: Finagle forgets deposits and withdrawals by the tenth of `ttl`."""

MOST = 1e6


@dataclass(frozen=True)
class FinagleBudget(Throttle):
    """Finagle's `RetryBudget`.

    Each call deposits `percent_can_retry` of a retry, and each retry withdraws one. Both are forgotten after about
    `ttl` seconds. Besides, `min_retries_per_sec` times `ttl` retries may always be made within that time.

    Source: Finagle, `com.twitter.finagle.service.RetryBudget`, whose defaults these are, and its leaky `TokenBucket`.
    """

    ttl: float = 10.0
    min_retries_per_sec: float = 10.0
    percent_can_retry: float = 0.2

    def __post_init__(self) -> None:
        check_number("ttl", self.ttl, most=MOST, above=True)
        check_number("min_retries_per_sec", self.min_retries_per_sec, most=MOST)
        check_number("percent_can_retry", self.percent_can_retry, most=MOST)

    def client(self, now: Callable[[], float], random: Callable[[], float]) -> ClientThrottle:
        """Return a budget without deposits."""
        del random
        return _Budget(self, now)


PER_RETRY = 1000
"""The unit of the balance: as floats, five fifths may be less than one."""


class _Budget(ClientThrottle):
    def __init__(self, rule: FinagleBudget, now: Callable[[], float]) -> None:
        self._now = now
        self._slices_a_second = SLICES / rule.ttl
        self._reserve = round(rule.min_retries_per_sec * rule.ttl * PER_RETRY)
        self._deposit = round(rule.percent_can_retry * PER_RETRY)
        self._slices: List[int] = [0] * SLICES
        self._slice = 0

    def _forget(self) -> None:
        """Empty the slices of the window that have passed since the last call."""
        current = int(self._now() * self._slices_a_second)
        for number in range(max(self._slice, current - SLICES) + 1, current + 1):
            self._slices[number % SLICES] = 0
        self._slice = current

    def begin(self) -> bool:
        self._forget()
        self._slices[self._slice % SLICES] += self._deposit
        return True

    def retry(self, *, timed_out: bool) -> bool:
        del timed_out
        self._forget()
        if self._reserve + sum(self._slices) < PER_RETRY:
            return False
        self._slices[self._slice % SLICES] -= PER_RETRY
        return True
