"""The lock of a fake: whoever works on in slices lets those who wait go first."""

from __future__ import annotations

from threading import Lock, RLock
from types import TracebackType
from typing import Optional, Type

__all__ = ["FairLock"]


class FairLock:
    """A reentrant lock with `give_way`.

    To release a lock and take it again at once starves the others: the one who has it is always faster than those who
    must wake up first. Here who waits holds `_next`, for which the one who gives way waits in turn.
    """

    def __init__(self) -> None:
        self._lock = RLock()
        self._acquire, self._release = self._lock.acquire, self._lock.release  # looked up twice a request
        self._next = Lock()
        self._depth = 0  # how many times the thread that has it took it

    def __enter__(self) -> None:
        """Take the lock, or wait for it."""
        if not self._acquire(False):
            with self._next:
                self._acquire()
        self._depth += 1

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        """Release it."""
        self._depth -= 1
        self._release()

    @property
    def is_waited_for(self) -> bool:
        """Whether a thread waits for it."""
        return self._next.locked()

    @property
    def is_mine(self) -> bool:
        """Whether this thread has it."""
        if not self._lock.acquire(blocking=False):
            return False
        is_mine = self._depth > 0
        self._lock.release()
        return is_mine

    def give_way(self) -> None:
        """Let one who waits have the lock before the next `with`; does nothing for a thread that still has it."""
        if not self.is_mine:
            with self._next:
                pass
