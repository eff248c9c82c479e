"""Pipes: a thread that waits for pipes of multiprocessing, as a pool of threads does, lets the other threads go on."""

from __future__ import annotations

import selectors
import sys
from contextlib import contextmanager
from multiprocessing import connection, pool, process
from typing import Any, Callable, Generator, List, Optional, Type

from .bounds import WaitReleased
from .primitives import in_real_time
from .scheduler import Scheduler

__all__ = ["patched_pipes"]

_Selector: Type[selectors.BaseSelector] = getattr(selectors, "PollSelector", selectors.SelectSelector)
_FREEZE = 1.0
"""Real seconds that virtual time stands still for what a child process may write."""


def _ready(waited_for: List[Any]) -> List[Any]:
    """Return those that can be read, without a look at the clock: the caller may hold the lock of the scheduler."""
    with _Selector() as selector:
        for each in waited_for:
            selector.register(each, selectors.EVENT_READ)
        return [key.fileobj for key, _ in selector.select(0)]


@contextmanager
def patched_pipes(scheduler: Scheduler) -> Generator[None, None, None]:
    """Let `multiprocessing.connection.wait` block on the scheduler until the block ends, in threads of the round.

    On Windows its handles are no files, and it waits in real time.
    """
    if sys.platform == "win32":
        yield
        return
    real: Callable[..., Any] = connection.wait

    def wait(object_list: Any, timeout: Optional[float] = None) -> Any:
        if not scheduler.runs_here():
            return real(object_list, timeout)
        waited_for = list(object_list)
        if scheduler.single_threaded:  # nobody in this process ends the wait, and its deadline is the machine's
            with in_real_time():
                return real(waited_for, timeout)
        found: List[Any] = []

        def is_ready() -> bool:
            found[:] = _ready(waited_for)
            return bool(found)

        try:
            # Whether it has children, rather than active_children(), which waits for them.
            freeze = _FREEZE if process._children else 0.0  # type: ignore[attr-defined]  # noqa: SLF001
            scheduler.wait(is_ready, timeout, freeze=freeze)
        except WaitReleased as released:
            return real(waited_for, released.left)
        return found

    objects: List[Any] = [connection, pool]
    for each in objects:
        each.wait = wait
    try:
        yield
    finally:
        for each in objects:
            each.wait = real
