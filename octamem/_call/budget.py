"""How many retries all calls of a client may make together: a token bucket."""

from __future__ import annotations

import math
import threading

PAID_IN = 0.1
"""What a call that succeeds at its first attempt pays in: in the long run one retry for ten such calls.

So a failure that lasts adds a tenth to the load at most, and up to a twelfth of all requests may fail before calls do.
"""

_RETRY = 1_000_000_000
"""A retry in the unit that is counted in, whole numbers: ten times a float's tenth is less than one."""


class RetryBudget:
    """Tokens shared by the calls of a client: a retry costs one; it never blocks and never touches first attempts."""

    def __init__(self, size: float, *, paid_in: float = PAID_IN) -> None:
        self._built = (size, paid_in)
        self._size = _counted(size)
        self._paid_in = _counted(paid_in)
        self._tokens = self._size
        self._lock = threading.Lock()

    @property
    def tokens(self) -> float:
        """What is left of it, in retries."""
        return self._tokens / _RETRY

    def spend(self) -> bool:
        """Take one token, and return whether there was one."""
        with self._lock:
            if self._tokens < _RETRY:
                return False
            self._tokens -= _RETRY
            return True

    def earn(self) -> None:
        """Pay in for a call that succeeded at its first attempt."""
        if self._tokens < self._size:
            with self._lock:
                self._tokens = min(self._size, self._tokens + self._paid_in)

    def fresh(self) -> RetryBudget:
        """Return a full budget of the same size."""
        size, paid_in = self._built
        return RetryBudget(size, paid_in=paid_in)

    def after_fork(self) -> None:
        """Replace the lock in a child process: another thread of the parent may have held it."""
        self._lock = threading.Lock()


def _counted(retries: float) -> int:
    part, whole = math.modf(retries)
    # Upwards, so that three thirds are a retry as well. A size has no upper limit, and the product would overflow.
    return int(whole) * _RETRY + math.ceil(part * _RETRY)
