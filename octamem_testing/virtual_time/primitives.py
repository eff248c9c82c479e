"""Locks, queues and threads whose waits are waits of the round: what `threading` makes while a round is under way."""

from __future__ import annotations

import queue
import threading
from _thread import allocate_lock
from contextlib import contextmanager
from typing import Any, Callable, Generator, Optional

from .bounds import RoundStopped
from .scheduler import Scheduler
from .thread_state import ThreadState

__all__ = ["waits_in_turn"]

_real_simple_queue: Any = queue.SimpleQueue


class _State:
    """The round that is under way."""

    scheduler: Optional[Scheduler] = None


def _scheduler() -> Optional[Scheduler]:
    scheduler = _State.scheduler
    return scheduler if scheduler is not None and scheduler.here() else None


class _Lock:
    """A lock: for a thread of the round to wait for it is a wait of the round; for others it is a lock as any."""

    __slots__ = ("__weakref__", "_lock")

    def __init__(self) -> None:
        self._lock = allocate_lock()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:  # noqa: FBT001, FBT002 - as a lock has it
        scheduler = _scheduler()
        if scheduler is None or (timeout < 0 and timeout != -1) or (not blocking and timeout != -1):
            return self._lock.acquire(blocking, timeout)
        if self._lock.acquire(blocking=False):
            return True
        if not blocking:
            scheduler.poll()
            return False
        return scheduler.wait(lambda: self._lock.acquire(blocking=False), None if timeout == -1 else timeout)

    def release(self) -> None:
        self._lock.release()

    def locked(self) -> bool:
        return self._lock.locked()

    def _at_fork_reinit(self) -> None:
        self._lock = allocate_lock()

    def __enter__(self) -> bool:
        return self._lock.acquire(blocking=False) or self.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


class _SimpleQueue(_real_simple_queue):  # type: ignore[misc]  # Any, since its own type is generic
    """A queue on which threads of the round wait for what is put; left over, they wait as for any."""

    def get(self, block: bool = True, timeout: Optional[float] = None) -> Any:  # noqa: FBT001, FBT002 - as a queue has it
        scheduler = _scheduler()
        if scheduler is not None and not block and self.empty():
            scheduler.poll()
        if scheduler is not None and block and self.empty():
            try:
                scheduler.wait(lambda: not self.empty(), timeout, stays=True)
            except RoundStopped:
                if not scheduler.closed:
                    raise
                # A pool's thread: the pool may be used by the next round.
                return super().get(block, timeout)
            block = False
        return super().get(block, timeout)

    def get_nowait(self) -> Any:
        return self.get(block=False)


def _in_turn(scheduler: Scheduler, seat: ThreadState) -> Callable[[], None]:
    """Give what a thread of the round is to run in the place of its own."""
    run, hook = seat.thread.run, threading.excepthook

    def inside() -> None:
        try:
            scheduler.begin(seat)
            run()
        except RoundStopped:
            pass
        except Exception as error:
            # Under faults threads fail; but where the scenario looks at such errors itself, it gets them.
            scheduler.failure = error
            if threading.excepthook is not hook:
                raise
        finally:
            scheduler.end(seat)

    return inside


def _make_lock() -> Any:
    return allocate_lock() if _scheduler() is None else _Lock()


@contextmanager
def waits_in_turn(scheduler: Scheduler) -> Generator[None, None, None]:
    """Have the threads that those of the round begin be of the round, and what they make to wait on be its own."""
    module: Any = threading
    before = (module.Lock, module._allocate_lock, module._CRLock, queue.SimpleQueue)  # noqa: SLF001 - what conditions wait on
    start, join = threading.Thread.start, threading.Thread.join

    def starting(self: threading.Thread) -> None:
        if not scheduler.here() or self.ident is not None:
            start(self)
            return
        self.run = _in_turn(scheduler, scheduler.adopt(self))  # type: ignore[method-assign]  # of this one thread
        try:
            with scheduler.in_real_time():  # until the thread's first turn, which it waits for by itself
                start(self)
        except BaseException:
            scheduler.disown(self)
            raise

    def joining(self: threading.Thread, timeout: Optional[float] = None) -> None:
        if not scheduler.join(self, None if timeout is None else max(timeout, 0.0)):
            join(self, timeout)

    make: Callable[[], Any] = _make_lock
    _State.scheduler = scheduler
    module.Lock = module._allocate_lock = make  # noqa: SLF001
    module._CRLock = None  # noqa: SLF001 - the one in Python waits on such a lock
    threading.Thread.start = starting  # type: ignore[method-assign]
    threading.Thread.join = joining  # type: ignore[method-assign]
    queue.SimpleQueue = _SimpleQueue  # type: ignore[misc]
    try:
        yield
    finally:
        module.Lock, module._allocate_lock, module._CRLock, queue.SimpleQueue = before  # type: ignore[misc]  # noqa: SLF001
        threading.Thread.start, threading.Thread.join = start, join  # type: ignore[method-assign]
        _State.scheduler = None
