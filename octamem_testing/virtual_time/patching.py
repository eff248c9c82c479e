"""A round's time, event loops and chance in the place of the machine's, for its threads alone and until it ends."""

from __future__ import annotations

import asyncio
import copyreg
import datetime as dt
import random
import sys
from asyncio import events
from contextlib import contextmanager
from typing import Any, Callable, Generator, Tuple

from .event_loop import RoundClock
from .patch_points import Held, put_back
from .patched_time import REAL_DATETIME, under_way
from .primitives import waits_in_turn

__all__ = ["stood_in"]


@contextmanager
def stood_in(
    clock: RoundClock, held: Tuple[Held, ...], new_loop: Callable[[], object], *, seed: int
) -> Generator[None, None, None]:
    """Give this thread, and those that it begins, the round's time, loops and chance until the block ends.

    The functions of `time` and the present of `datetime` go by the clock wherever `held` says that they are held; new
    event loops (`asyncio.run`) are made by `new_loop`; the `random` module is seeded. One block at a time.
    """
    with waits_in_turn(clock.scheduler), under_way(clock), _replaced(held), _pickled(), _looped(clock, new_loop):
        state = random.getstate()
        random.seed(seed)
        try:
            yield
        finally:
            random.setstate(state)


@contextmanager
def _replaced(held: Tuple[Held, ...]) -> Generator[None, None, None]:
    modules = set(sys.modules)
    for each in held:
        each.put(each.virtual)
    try:
        yield
    finally:
        for each in held:
            each.put(each.real)
        if len(sys.modules) != len(modules):
            put_back(modules)


@contextmanager
def _pickled() -> Generator[None, None, None]:
    """Let moments be pickled: for that a class has to be found under its name, where its stand-in is now."""
    reducer = copyreg.dispatch_table.get(REAL_DATETIME)
    copyreg.dispatch_table[REAL_DATETIME] = _reduced
    try:
        yield
    finally:
        if reducer is None:
            del copyreg.dispatch_table[REAL_DATETIME]
        else:
            copyreg.dispatch_table[REAL_DATETIME] = reducer


def _reduced(moment: dt.datetime) -> Tuple[Any, ...]:
    return _made, moment.__reduce_ex__(4)[1]


def _made(*args: Any) -> dt.datetime:
    return REAL_DATETIME(*args)


@contextmanager
def _looped(clock: RoundClock, new_loop: Callable[[], object]) -> Generator[None, None, None]:
    make = events.new_event_loop

    def making() -> Any:
        return new_loop() if clock.scheduler.here() else make()

    events.new_event_loop = asyncio.new_event_loop = making
    try:
        yield
    finally:
        events.new_event_loop = asyncio.new_event_loop = make
