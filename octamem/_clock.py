"""What a client takes for time: the protocols that a clock fulfils, and the real one."""

from __future__ import annotations

import time
from typing import Protocol


class SyncClock(Protocol):
    """The time that an `OctaMem` client goes by."""

    def now(self) -> float:
        """Return the seconds since the epoch, UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return after that many seconds."""


class AsyncClock(Protocol):
    """The time that an `AsyncOctaMem` client goes by."""

    def now(self) -> float:
        """Return the seconds since the epoch, UTC."""
        ...

    async def sleep_async(self, seconds: float) -> None:
        """Return after that many seconds, letting other tasks run."""


class Clock(SyncClock, AsyncClock, Protocol):
    """The time that both clients go by.

    A clock may also have a method `call()` that returns a plain context manager: a client is inside it for the
    life of one call, its attempts and its waits.
    """


class SystemClock:
    """The time of this machine."""

    def now(self) -> float:
        """Return the seconds since the epoch, UTC."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Block this thread for that many seconds."""
        time.sleep(seconds)

    async def sleep_async(self, seconds: float) -> None:
        """Suspend this task for that many seconds, under asyncio and trio alike."""
        import anyio

        await anyio.sleep(seconds)


SYSTEM_CLOCK = SystemClock()
