"""The client-side throttling of the SRE book: a client sends less, the less the service accepts."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Callable, Deque, Optional

from octamem_testing.storm.bounds import check_number

from .throttle import ClientThrottle, Throttle

__all__ = ["AdaptiveThrottle"]

MOST = 1e6


@dataclass(frozen=True)
class AdaptiveThrottle(Throttle):
    """The adaptive throttling of "Site Reliability Engineering".

    A client counts the requests that it wanted to send in the last `window` seconds, and those that were accepted, that
    is answered well. It rejects a request itself, first ones included, with this chance:

        max(0, (requests - k * accepts) / (requests + 1))

    A request that it rejects counts as one that it wanted to send. It is not retried.

    Source: "Site Reliability Engineering" (Google, 2016), chapter 21, "Client-Side Throttling".
    """

    k: float = 2.0
    window: float = 120.0

    def __post_init__(self) -> None:
        check_number("k", self.k, most=MOST)
        check_number("window", self.window, most=MOST, above=True)

    def client(self, now: Callable[[], float], random: Callable[[], float]) -> ClientThrottle:
        """Return a client that has sent nothing."""
        return _Window(self, now, random)


class _Window(ClientThrottle):
    def __init__(self, rule: AdaptiveThrottle, now: Callable[[], float], random: Callable[[], float]) -> None:
        self._rule = rule
        self._now = now
        self._random = random
        self._requests: Deque[float] = deque()
        self._accepts: Deque[float] = deque()

    def begin(self) -> bool:
        now = self._now()
        for times in (self._requests, self._accepts):
            while times and times[0] <= now - self._rule.window:
                times.popleft()
        requests, accepts = len(self._requests), len(self._accepts)
        self._requests.append(now)
        chance = (requests - self._rule.k * accepts) / (requests + 1)
        return chance <= 0 or self._random() >= chance

    def retry(self, *, timed_out: bool) -> bool:
        del timed_out
        return self.begin()

    def succeed(self, *, after: Optional[bool]) -> None:
        del after
        self._accepts.append(self._now())
