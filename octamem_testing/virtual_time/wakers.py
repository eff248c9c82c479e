"""Wakers: what wakes a waiting thread or task, from any thread and any event loop."""

from __future__ import annotations

import threading
from typing import Callable

from octamem_testing.static import in_trio_task

__all__ = ["TaskWaker", "ThreadWaker"]


class ThreadWaker:
    """Wakes a thread: a lock that is held until `wake`."""

    def __init__(self) -> None:
        self._held = threading.Lock()
        self.wait: Callable[[], object] = self._held.acquire
        self.wake: Callable[[], object] = self._held.release
        self._held.acquire()


class TaskWaker:
    """Wakes a task: an event set in its own loop, asyncio's or trio's; `wake` raises RuntimeError if that has ended."""

    def __init__(self) -> None:
        from anyio import Event

        event = Event()
        self.wait = event.wait
        if in_trio_task():
            import trio

            token = trio.lowlevel.current_trio_token()
            self.wake: Callable[[], object] = lambda: token.run_sync_soon(event.set)
        else:
            from asyncio import get_running_loop

            loop = get_running_loop()
            self.wake = lambda: loop.call_soon_threadsafe(event.set)
