"""The retry throttling of gRPC: every failure takes a token, and below half of them no retry is made."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Callable, Optional

from octamem_testing.storm.bounds import check_number

from .throttle import ClientThrottle, Throttle

__all__ = ["GrpcThrottle"]

MOST = 1e9

PER_TOKEN = 1000
"""The unit of the counter: as floats, ten tenths add up to less than one. The ratio has three decimals."""


@dataclass(frozen=True)
class GrpcThrottle(Throttle):
    """gRPC's `retryThrottling`.

    A client begins with `max_tokens`, which are also the most that it can have. Each request that fails takes one, down
    to 0, and each call that succeeds adds `token_ratio`. While half of `max_tokens` or fewer are left, no retry is made
    and no hedge is sent.

    Source: gRPC proposal A6, "Throttling Retry Attempts and Hedged RPCs". Its example has 10 tokens; the default here
    is a hundred, the size of the SDK's budget.
    """

    max_tokens: float = 100.0
    token_ratio: float = 0.1

    def __post_init__(self) -> None:
        check_number("max_tokens", self.max_tokens, most=MOST)
        check_number("token_ratio", self.token_ratio, most=MOST)

    def client(self, now: Callable[[], float], random: Callable[[], float]) -> ClientThrottle:
        """Return a full counter."""
        del now, random
        return _Counter(int(self.max_tokens * PER_TOKEN), round(self.token_ratio * PER_TOKEN))

    @property
    def most_retries(self) -> float:
        """The failures before the one that brings the counter to half; the last of each call is not retried either."""
        tokens = int(self.max_tokens * PER_TOKEN)
        return max(0, (tokens - tokens // 2 - 1) // PER_TOKEN)

    def calls_to_spend(self, share: float, retries: int) -> float:
        """Return half the tokens, divided by what a call takes on average."""
        takes = sum(share**number for number in range(1, retries + 2))
        takes -= self.token_ratio * (1 - share ** (retries + 1))
        return self.max_tokens / 2 / takes if takes > 0 else inf


class _Counter(ClientThrottle):
    def __init__(self, most: int, ratio: int) -> None:
        self._tokens = self._most = most
        self._ratio = ratio

    def fail(self) -> None:
        self._tokens = max(0, self._tokens - PER_TOKEN)

    def retry(self, *, timed_out: bool) -> bool:
        del timed_out
        return 2 * self._tokens > self._most

    def succeed(self, *, after: Optional[bool]) -> None:
        del after
        self._tokens = min(self._most, self._tokens + self._ratio)
