"""The retry budget, which all calls of a client share: a token bucket."""

from __future__ import annotations

import math
import threading

EARNED_PER_SUCCESS = 0.1
"""The tokens that a call earns if it succeeds without retrying: in the long run, one retry for ten such calls.

A lasting failure therefore adds at most a tenth to the load. Calls succeed while up to a twelfth of all requests fail.
"""

_RETRY = 1_000_000_000
"""A token in the integer unit of the counter: as floats, ten tenths add up to less than one."""


class RetryBudget:
    """The tokens of a client: a retry spends one. The budget never blocks, and never touches first attempts."""

    def __init__(self, size: float, *, earned_per_success: float = EARNED_PER_SUCCESS) -> None:
        self._built = (size, earned_per_success)
        self._size = _counted(size)
        self._earned = _counted(earned_per_success)
        self._tokens = self._size
        self._lock = threading.Lock()

    @property
    def tokens(self) -> float:
        """The retries that are left."""
        return self._tokens / _RETRY

    def spend(self) -> bool:
        """Take one token, and return whether there was one."""
        with self._lock:
            if self._tokens < _RETRY:
                return False
            self._tokens -= _RETRY
            return True

    def earn(self) -> None:
        """Add the tokens of a call that succeeded at its first attempt."""
        if self._tokens < self._size:
            with self._lock:
                self._tokens = min(self._size, self._tokens + self._earned)

    def fresh(self) -> RetryBudget:
        """Return a full budget of the same size."""
        size, earned = self._built
        return RetryBudget(size, earned_per_success=earned)

    def after_fork(self) -> None:
        """Replace the lock in a child process: another thread of the parent may have held it."""
        self._lock = threading.Lock()


def _counted(retries: float) -> int:
    part, whole = math.modf(retries)
    # Rounded up, so that three thirds are a retry as well. A size has no upper limit, and the product would overflow.
    return int(whole) * _RETRY + math.ceil(part * _RETRY)
