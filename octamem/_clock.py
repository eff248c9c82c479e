"""The clock of a client: the protocols that a clock implements, and the clock of this machine."""

from __future__ import annotations

import time
from typing import Protocol


class SyncClock(Protocol):
    """The clock of an `OctaMem` client."""

    def now(self) -> float:
        """Return the seconds since the epoch, UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return after that many seconds."""


class AsyncClock(Protocol):
    """The clock of an `AsyncOctaMem` client."""

    def now(self) -> float:
        """Return the seconds since the epoch, UTC."""
        ...

    async def sleep_async(self, seconds: float) -> None:
        """Return after that many seconds, letting other tasks run."""


class Clock(SyncClock, AsyncClock, Protocol):
    """A clock for both clients.

    A clock may also have a method `call()` that returns a plain context manager. A client enters it for each call,
    with all its attempts and waits.
    """


class SystemClock:
    """The clock of this machine."""

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
