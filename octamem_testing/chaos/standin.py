"""The machine's time replaced by the round's, for the threads of the round alone and until it ends."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import random
import sys
import threading
import time
from asyncio import events
from contextlib import contextmanager, suppress
from threading import get_ident
from typing import Any, Callable, Dict, Generator, List, Mapping, Optional, Set, Tuple

from fake_server.core.clock import TICKS

from .virtual import RoundClock

__all__ = ["Held", "RoundStopped", "Threads", "held_by_modules", "stood_in"]

_STANDARD = os.path.dirname(os.path.abspath(os.__file__))  # noqa: PTH120, PTH100 - compared with __file__, as text
_REAL_DATETIME = dt.datetime

Held = Tuple[Dict[str, Any], str, Any]
"""A place where something of the machine's time is held: a namespace, the name there, and what it is."""


class RoundStopped(BaseException):
    """The round is over, whatever the scenario makes of it: it went on beyond every bound, or had ended before."""


class Threads:
    """The threads of a round: the one that runs it, and those that are begun by any of them."""

    def __init__(self, clock: RoundClock) -> None:
        self.clock = clock
        self.begun: List[threading.Thread] = []
        self._idents: Set[int] = {get_ident()}

    def here(self) -> bool:
        """Say whether this thread is one of them."""
        return get_ident() in self._idents

    def adopt(self, thread: threading.Thread) -> None:
        """Count a thread that is about to start."""
        run = thread.run

        def inside() -> None:
            self._idents.add(get_ident())
            try:
                with suppress(RoundStopped):
                    run()
            finally:
                self._idents.discard(get_ident())

        thread.run = inside  # type: ignore[method-assign]  # of this one thread
        self.begun.append(thread)


class _State:
    """The round that is under way: rounds take turns."""

    threads: Optional[Threads] = None


def _clock() -> Optional[RoundClock]:
    """Give the clock of the round that this thread belongs to, None where it belongs to none."""
    threads = _State.threads
    return threads.clock if threads is not None and threads.here() else None


def _routed(name: str, virtual: Callable[[RoundClock], float]) -> Callable[[], Any]:
    real = getattr(time, name)

    def now() -> Any:
        clock = _clock()
        return real() if clock is None else virtual(clock)

    return now


_REAL_SLEEP = time.sleep


def _sleep(seconds: float, /) -> None:
    clock = _clock()
    if clock is None:
        _REAL_SLEEP(seconds)
    else:
        clock.sleep(float(seconds))


def _since_start(clock: RoundClock) -> float:
    return clock.fake.now() / TICKS


class _LikeDatetime(type):
    """Lets the stand-in pass for the class whose place it takes."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _REAL_DATETIME)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, _REAL_DATETIME)


class _Datetime(_REAL_DATETIME, metaclass=_LikeDatetime):
    """The class, but that `now`, `utcnow` and `today` go by the round's clock; what it makes is of the real one."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        return _REAL_DATETIME(*args, **kwargs)

    @classmethod
    def now(cls, tz: Optional[dt.tzinfo] = None) -> Any:
        clock = _clock()
        return _REAL_DATETIME.now(tz) if clock is None else _REAL_DATETIME.fromtimestamp(clock.now(), tz)

    @classmethod
    def utcnow(cls) -> Any:
        return cls.now(dt.timezone.utc).replace(tzinfo=None)

    @classmethod
    def today(cls) -> Any:
        return cls.now()


_STAND_INS: Mapping[int, Tuple[Any, Any]] = {
    id(real): (real, stand_in)
    for real, stand_in in (
        (time.sleep, _sleep),
        (time.time, _routed("time", lambda clock: clock.now())),
        (time.monotonic, _routed("monotonic", _since_start)),
        (time.perf_counter, _routed("perf_counter", _since_start)),
        (time.time_ns, _routed("time_ns", lambda clock: round(clock.now() * 1e9))),
        (time.monotonic_ns, _routed("monotonic_ns", lambda clock: clock.fake.now() * 1000)),
        (time.perf_counter_ns, _routed("perf_counter_ns", lambda clock: clock.fake.now() * 1000)),
        (_REAL_DATETIME, _Datetime),
    )
}


def held_by_modules() -> Tuple[Held, ...]:
    """Find where the modules of the process hold the machine's time, by whatever name (`from time import sleep`).

    The standard library's own are left alone: its locks and queues really wait. A copy that was bound elsewhere, as a
    default argument or an attribute, is not found.
    """
    found: List[Held] = []
    for module in list(sys.modules.values()):
        space = getattr(module, "__dict__", None)
        if not isinstance(space, dict) or _is_left_alone(space):
            continue
        for name, value in list(space.items()):
            if id(value) in _STAND_INS and _STAND_INS[id(value)][0] is value:
                found.append((space, name, value))
    return tuple(found)


def _is_left_alone(space: Mapping[str, Any]) -> bool:
    if space is vars(time) or space is vars(dt) or space.get("__name__") == "__main__":
        return False
    file = space.get("__file__")
    if not isinstance(file, str) or space.get("__name__") == __name__:
        return True
    return file.startswith(_STANDARD) and "site-packages" not in file and "dist-packages" not in file


@contextmanager
def stood_in(
    clock: RoundClock, held: Tuple[Held, ...], new_loop: Callable[[], object], *, seed: int
) -> Generator[Threads, None, None]:
    """Give this thread, and those that it begins, the round's time, loops and chance until the block ends.

    The functions of `time` and the present of `datetime` go by the clock wherever `held` says that they are held; new
    event loops (`asyncio.run`) are made by `new_loop`; the `random` module is seeded. One block at a time.
    """
    threads = Threads(clock)
    start, make, state = threading.Thread.start, events.new_event_loop, random.getstate()

    def starting(self: threading.Thread) -> None:
        if threads.here():
            threads.adopt(self)
        start(self)

    def making() -> Any:
        return new_loop() if threads.here() else make()

    _State.threads = threads
    for space, name, real in held:
        space[name] = _STAND_INS[id(real)][1]
    threading.Thread.start = starting  # type: ignore[method-assign]
    events.new_event_loop = asyncio.new_event_loop = making
    random.seed(seed)
    try:
        yield threads
    finally:
        random.setstate(state)
        events.new_event_loop = asyncio.new_event_loop = make
        threading.Thread.start = start  # type: ignore[method-assign]
        for space, name, real in held:
            space[name] = real
        _State.threads = None
