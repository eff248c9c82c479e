"""The computing guard: it stops a round whose program computes for long, and neither sends a request nor waits."""

from __future__ import annotations

import ctypes
import os
import time
from _thread import allocate_lock, get_ident, start_new_thread
from contextlib import contextmanager, suppress
from typing import Any, Callable, Generator, Optional, Set

from octamem_testing.virtual_time.bounds import Bounds, RoundStopped
from octamem_testing.virtual_time.scheduler import Scheduler

__all__ = ["GUARD"]

_LOOK_SECONDS = 0.2
"""Real seconds between two looks."""
_TURNS = 1_000
_IDLE_LOOKS = 50
"""Looks without a round after which the thread ends; the next round begins another one."""

_real_sleep = time.sleep
_cpu_time = time.process_time
_throw: Callable[[ctypes.c_ulong, Any], int] = ctypes.pythonapi.PyThreadState_SetAsyncExc
"""Raises a class of errors in another thread, as soon as that runs Python code; None takes it back."""


class _Watched:
    """The round that runs, with how much CPU time it has taken since it last made progress."""

    def __init__(self, scheduler: Scheduler, bounds: Bounds) -> None:
        self._scheduler = scheduler
        self._bounds = bounds
        self._progress = -1
        self._since = 0.0
        self._met: Set[int] = set()  # idents of threads in which an error was raised

    def look(self) -> None:
        """Raise an error in each thread that computes, if the program has made no progress for too long."""
        progress = self._scheduler.progress
        if progress != self._progress:
            self._progress, self._since = progress, _cpu_time()
        elif _cpu_time() - self._since > self._bounds.computing:
            error = _stop_of(self._bounds)
            for ident in self._scheduler.computing():
                self._met.add(ident)
                _throw(ctypes.c_ulong(ident), ctypes.py_object(error))

    def end(self) -> None:
        """Take back the errors that no thread has met yet: the program has ended."""
        for ident in self._met:
            _throw(ctypes.c_ulong(ident), None)
        if self._met:
            _settle()


def _settle() -> None:
    """Let the interpreter know that no thread has an error to meet any more.

    Up to 3.12 it looks for one at each call and each turn of a loop from the first on, until one is met: that makes
    everything slower, and a traced function of 3.11 never begins.
    """

    class Settled(BaseException):
        pass

    with suppress(Settled):
        _throw(ctypes.c_ulong(get_ident()), ctypes.py_object(Settled))
        for _ in range(_TURNS):  # it is met at one of the first
            pass


def _stop_of(bounds: Bounds) -> Any:
    """Return a class of errors that stop a round; an error is made where it is raised, in the program's own thread."""

    class Stop(RoundStopped):
        def __init__(self, *_: object) -> None:
            super().__init__(bounds.note_computing())

    return Stop


class _Guard:
    """A thread of the process that looks at the round that runs, and ends some time after the last one."""

    def __init__(self) -> None:
        self._lock = allocate_lock()
        self._process = 0  # the one in which the thread runs: a forked child has none
        self._watched: Optional[_Watched] = None

    @contextmanager
    def watching(self, scheduler: Scheduler, bounds: Bounds) -> Generator[None, None, None]:
        """Stop the round if its program computes for too long in the block."""
        if self._process != os.getpid():
            self._lock = allocate_lock()
        watched = _Watched(scheduler, bounds)
        with self._lock:
            self._watched = watched
            if self._process != os.getpid():
                self._process = os.getpid()
                start_new_thread(self._look_on, ())
        try:
            yield
        finally:
            with suppress(RoundStopped), self._lock:
                self._watched = None
                watched.end()

    def _look_on(self) -> None:
        idle = 0
        while idle < _IDLE_LOOKS:
            _real_sleep(_LOOK_SECONDS)
            with self._lock:
                watched = self._watched
                idle = 0 if watched is not None else idle + 1
                if watched is not None:
                    watched.look()
                elif idle == _IDLE_LOOKS:
                    self._process = 0


GUARD = _Guard()
