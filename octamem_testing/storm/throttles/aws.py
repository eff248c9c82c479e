"""The retry quota of the AWS SDKs: a token bucket in which a retry after a timeout costs double."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Callable, Optional

from octamem_testing.storm.bounds import check_whole

from .throttle import ClientThrottle, Throttle

__all__ = ["AwsQuota"]

MOST = 1_000_000_000


@dataclass(frozen=True)
class AwsQuota(Throttle):
    """The retry quota of the AWS SDKs' standard mode.

    A client begins with `tokens`, which are also the most that it can have. A retry takes `retry_cost`, or
    `timeout_cost` if the request before it timed out, and is not made if fewer are left. A call that succeeds gives
    back what its last retry took; without a retry it gives `no_retry_increment`.

    Source: botocore, `botocore/retries/standard.py` (`RetryQuotaChecker`) and `quota.py` (`RetryQuota`). Since 2026 the
    SDKs offer other costs (`AWS_NEW_RETRIES_2026`): `AwsQuota(retry_cost=14, timeout_cost=14)`.
    """

    tokens: int = 500
    retry_cost: int = 5
    timeout_cost: int = 10
    no_retry_increment: int = 1

    def __post_init__(self) -> None:
        check_whole("tokens", self.tokens, least=0, most=MOST)
        check_whole("retry_cost", self.retry_cost, least=1, most=MOST)
        check_whole("timeout_cost", self.timeout_cost, least=1, most=MOST)
        check_whole("no_retry_increment", self.no_retry_increment, least=0, most=MOST)

    def client(self, now: Callable[[], float], random: Callable[[], float]) -> ClientThrottle:
        """Return a full quota."""
        del now, random
        return _Quota(self)

    @property
    def most_retries(self) -> float:
        """The retries that the quota allows if no request times out."""
        return self.tokens // min(self.retry_cost, self.timeout_cost)

    def calls_to_spend(self, share: float, retries: int) -> float:
        """Return the tokens, divided by what a call takes on average."""
        takes = -self.no_retry_increment * (1 - share) + share ** (retries + 1) * retries * self.retry_cost
        # A call that succeeds after its n-th retry gives the last one back.
        takes += sum(share**number * (1 - share) * (number - 1) * self.retry_cost for number in range(1, retries + 1))
        return self.tokens / takes if takes > 0 else inf


class _Quota(ClientThrottle):
    def __init__(self, rule: AwsQuota) -> None:
        self._rule = rule
        self._tokens = rule.tokens

    def _cost(self, *, timed_out: bool) -> int:
        return self._rule.timeout_cost if timed_out else self._rule.retry_cost

    def retry(self, *, timed_out: bool) -> bool:
        cost = self._cost(timed_out=timed_out)
        if cost > self._tokens:
            return False
        self._tokens -= cost
        return True

    def succeed(self, *, after: Optional[bool]) -> None:
        gives = self._rule.no_retry_increment if after is None else self._cost(timed_out=after)
        self._tokens = min(self._rule.tokens, self._tokens + gives)
