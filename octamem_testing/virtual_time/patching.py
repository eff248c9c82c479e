"""Patching: the threads of a program get virtual time, its locks, its event loops and seeded randomness."""

from __future__ import annotations

import copyreg
import datetime as dt
import random
import sys
from contextlib import contextmanager
from typing import Any, Callable, Generator, Tuple

from .event_loop import RoundClock
from .loops import patched_loops
from .patch_points import PatchPoint, restore_new_modules
from .patched_time import REAL_DATETIME, current_clock
from .pipes import patched_pipes
from .primitives import patched_threading
from .queues import patched_queues

__all__ = ["patched", "seeded"]


@contextmanager
def patched(clock: RoundClock, points: Tuple[PatchPoint, ...]) -> Generator[None, None, None]:
    """Patch this thread, and the threads that it starts, until the block ends; one block at a time.

    The functions of `time`, and the present of `datetime`, follow the clock at each patch point, and so do event loops.
    """
    waits, loops = patched_threading(clock.scheduler), patched_loops(clock)
    queues, pipes = patched_queues(clock.scheduler), patched_pipes(clock.scheduler)
    with waits, queues, pipes, current_clock(clock), _patched_time(points), _pickling(), loops:
        yield


@contextmanager
def seeded(seed: int) -> Generator[Callable[[], bool], None, None]:
    """Seed the `random` module until the block ends; yields a function that tells whether something was drawn since."""
    state = random.getstate()
    random.seed(seed)
    begin = random.getstate()
    try:
        yield lambda: random.getstate() != begin
    finally:
        random.setstate(state)


@contextmanager
def _patched_time(points: Tuple[PatchPoint, ...]) -> Generator[None, None, None]:
    modules = tuple(sys.modules)
    for point in points:
        point.put(point.virtual)
    try:
        yield
    finally:
        for point in points:
            point.put(point.real)
        if len(sys.modules) != len(modules):
            restore_new_modules(frozenset(modules))


@contextmanager
def _pickling() -> Generator[None, None, None]:
    """Let moments be pickled: pickle looks for a class under its name, where the patched class is now."""
    reducer = copyreg.dispatch_table.get(REAL_DATETIME)
    copyreg.dispatch_table[REAL_DATETIME] = _reduce
    try:
        yield
    finally:
        if reducer is None:
            del copyreg.dispatch_table[REAL_DATETIME]
        else:
            copyreg.dispatch_table[REAL_DATETIME] = reducer


def _reduce(moment: dt.datetime) -> Tuple[Any, ...]:
    return _make, moment.__reduce_ex__(4)[1]


def _make(*args: Any) -> dt.datetime:
    return REAL_DATETIME(*args)
