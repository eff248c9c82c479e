"""Bells: what a waiting thread or task is woken by, from any thread and any event loop."""

from __future__ import annotations

import threading
from typing import Callable

from octamem_testing.static import in_trio_task

__all__ = ["TaskBell", "ThreadBell"]


class ThreadBell:
    """Wakes a thread: a lock that is held until it rings."""

    def __init__(self) -> None:
        self._held = threading.Lock()
        self.wait: Callable[[], object] = self._held.acquire
        self.ring: Callable[[], object] = self._held.release
        self._held.acquire()


class TaskBell:
    """Wakes a task: an event that is set in its own loop, asyncio's or trio's; RuntimeError where that has ended."""

    def __init__(self) -> None:
        from anyio import Event

        event = Event()
        self.wait = event.wait
        if in_trio_task():
            import trio

            token = trio.lowlevel.current_trio_token()
            self.ring: Callable[[], object] = lambda: token.run_sync_soon(event.set)
        else:
            from asyncio import get_running_loop

            loop = get_running_loop()
            self.ring = lambda: loop.call_soon_threadsafe(event.set)
