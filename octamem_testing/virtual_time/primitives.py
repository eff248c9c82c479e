"""Locks and threads that block on the scheduler: what `threading` makes while a round runs."""

from __future__ import annotations

import threading
from _thread import allocate_lock
from contextlib import contextmanager
from typing import Any, Callable, Generator, Optional

from .bounds import RoundStopped, WaitReleased
from .deadline import in_pieces
from .places import caller_package, calls_from_program, is_runner
from .scheduler import Scheduler
from .threads.thread_state import ThreadState

__all__ = ["current_scheduler", "in_real_time", "patched_threading"]


class _Current:
    """The scheduler of the round that runs."""

    scheduler: Optional[Scheduler] = None


def current_scheduler() -> Optional[Scheduler]:
    """Return the scheduler of the round that this thread belongs to, None if it belongs to none."""
    scheduler = _Current.scheduler
    return scheduler if scheduler is not None and scheduler.takes_part() else None


@contextmanager
def in_real_time() -> Generator[None, None, None]:
    """Let this thread go on in real time until the block ends, and so the threads that it starts there."""
    scheduler = current_scheduler()
    if scheduler is None:
        yield
        return
    with scheduler.in_real_time():
        yield


def _before_lock(scheduler: Optional[Scheduler]) -> None:
    """Let another thread go first before the program takes a lock, if the order of a round says so."""
    if scheduler is not None and scheduler.order is not None and calls_from_program(3):
        scheduler.point()


class _Lock:
    """A lock for which the threads of a round wait in virtual time, and all others as for any lock."""

    __slots__ = ("__weakref__", "_lock")

    def __init__(self) -> None:
        self._lock = allocate_lock()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:  # noqa: FBT001, FBT002 - as a lock has it
        scheduler = current_scheduler()
        _before_lock(scheduler)
        if scheduler is None or (timeout < 0 and timeout != -1) or (not blocking and timeout != -1):
            return self._lock.acquire(blocking, timeout)
        if self._lock.acquire(blocking=False):
            return True
        if not blocking:
            scheduler.count_failed_poll()
            return False
        try:
            return scheduler.wait(lambda: self._lock.acquire(blocking=False), None if timeout == -1 else timeout)
        except WaitReleased as released:
            return self._lock.acquire() if released.left is None else self._go_on(released.left)

    def _go_on(self, seconds: float) -> bool:
        """Wait in real time until a test is in virtual time again."""
        for piece in in_pieces(seconds):
            if self._lock.acquire(timeout=piece.length):
                return True
            if piece.left and current_scheduler() is not None:
                return self.acquire(timeout=piece.left)
        return self._lock.acquire(blocking=False)

    def release(self) -> None:
        self._lock.release()

    def locked(self) -> bool:
        return self._lock.locked()

    def _at_fork_reinit(self) -> None:
        self._lock = allocate_lock()

    def __enter__(self) -> bool:
        _before_lock(_Current.scheduler)
        return self._lock.acquire(blocking=False) or self.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def _run_in_turn(scheduler: Scheduler, state: ThreadState) -> Callable[[], None]:
    """Return what a thread of the round runs instead of its own `run`."""
    run, hook = state.thread.run, threading.excepthook

    def run_in_turn() -> None:
        try:
            scheduler.begin(state)
            run()
        except RoundStopped as error:
            scheduler.stopped = scheduler.stopped or error
        except Exception as error:
            # Under faults threads fail; but a scenario that looks at such errors itself gets them.
            scheduler.failure = error
            if not scheduler.judged or threading.excepthook is not hook:
                raise
        finally:
            scheduler.end(state)

    return run_in_turn


def _make_lock() -> Any:
    return allocate_lock() if current_scheduler() is None else _Lock()


@contextmanager
def patched_threading(scheduler: Scheduler) -> Generator[None, None, None]:
    """Register the threads that the round's threads start, and let the locks that they make block on it."""
    module: Any = threading
    before = (module.Lock, module._allocate_lock, module._CRLock)  # noqa: SLF001 - what conditions wait on
    real_start, real_join = threading.Thread.start, threading.Thread.join

    def start(self: threading.Thread) -> None:
        if not scheduler.runs_here() or self.ident is not None or is_runner(caller_package(2)):
            real_start(self)
            return
        self.run = _run_in_turn(scheduler, scheduler.register(self))  # type: ignore[method-assign]  # of this one thread
        try:
            with scheduler.in_real_time():  # `start` waits for the thread to be there, which then waits for its turn
                real_start(self)
        except BaseException:
            scheduler.unregister(self)
            raise
        if calls_from_program(2):
            scheduler.point()

    def join(self: threading.Thread, timeout: Optional[float] = None) -> None:
        try:
            if scheduler.join(self, None if timeout is None else max(timeout, 0.0)):
                return
        except WaitReleased as released:
            timeout = released.left
        real_join(self, timeout)

    make: Callable[[], Any] = _make_lock
    _Current.scheduler = scheduler
    module.Lock = module._allocate_lock = make  # noqa: SLF001
    module._CRLock = None  # noqa: SLF001 - the one in Python waits on such a lock
    threading.Thread.start = start  # type: ignore[method-assign]
    threading.Thread.join = join  # type: ignore[method-assign]
    try:
        yield
    finally:
        module.Lock, module._allocate_lock, module._CRLock = before  # noqa: SLF001
        threading.Thread.start, threading.Thread.join = real_start, real_join  # type: ignore[method-assign]
        _Current.scheduler = None
