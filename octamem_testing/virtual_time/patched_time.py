"""Patched functions: those of `time`, `datetime`, and what orders tasks, as the threads of a round see them."""

from __future__ import annotations

import datetime as dt
import time
from contextlib import contextmanager
from typing import Any, Callable, Generator, Mapping, Optional, Tuple

from fake_server.core.clock import TICKS

from .bounds import WaitReleased
from .deadline import in_pieces
from .event_loop import RoundClock
from .places import caller_package, is_runner
from .tasks import REAL_AS_COMPLETED, as_completed

__all__ = ["PATCHED", "REAL", "REAL_DATETIME", "current_clock", "in_round"]

REAL_DATETIME = dt.datetime
_REAL_SLEEP = time.sleep
_NOT_COUNTED = ("octamem", "httpx", "httpcore", "logging")
_NANOSECONDS = 10**9 // TICKS  # of a tick


class _Current:
    """The clock of the round that runs; rounds take turns."""

    clock: Optional[RoundClock] = None


def _clock() -> Optional[RoundClock]:
    """Return the clock of the round that this thread belongs to, None if it belongs to none."""
    clock = _Current.clock
    return clock if clock is not None and clock.scheduler.runs_here() else None


@contextmanager
def current_clock(clock: RoundClock) -> Generator[None, None, None]:
    """Let patched time follow the clock of a round, in its threads, until the block ends; one block at a time."""
    _Current.clock = clock
    try:
        yield
    finally:
        _Current.clock = None


def in_round() -> bool:
    """Return whether this thread belongs to a round that runs."""
    return _clock() is not None


def _patched(name: str, virtual: Callable[[RoundClock], float]) -> Callable[[], Any]:
    real = getattr(time, name)

    def now() -> Any:
        clock = _clock()
        if clock is None:
            return real()
        reader = caller_package(2)
        if is_runner(reader):
            return real()
        # When a library reads the clock for its own sake, that is no step of the program.
        if reader not in _NOT_COUNTED:
            clock.scheduler.read_clock()
        return virtual(clock)

    return now


def _sleep(seconds: float, /) -> None:
    clock = _Current.clock
    if clock is None or is_runner(caller_package(2)) or not clock.scheduler.takes_part():
        _REAL_SLEEP(seconds)
    else:
        try:
            clock.sleep_past(float(seconds))
        except WaitReleased as released:
            _go_on(released.left or 0.0)


def _go_on(seconds: float) -> None:
    """Sleep in real time until a test is in virtual time again."""
    for piece in in_pieces(seconds):
        _REAL_SLEEP(piece.length)
        clock = _Current.clock
        if piece.left and clock is not None and clock.scheduler.takes_part():
            _sleep(piece.left)
            return


def _since_start(clock: RoundClock) -> float:
    return clock.uptime() / TICKS


class _LikeDatetime(type):
    """Lets the patched class pass for the real one."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, REAL_DATETIME)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, REAL_DATETIME)


class _Datetime(REAL_DATETIME, metaclass=_LikeDatetime):
    """The class datetime, except that `now`, `utcnow` and `today` follow the round's clock; it makes real moments."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        return REAL_DATETIME(*args, **kwargs) if cls is _Datetime else super().__new__(cls, *args, **kwargs)

    @classmethod
    def __get_pydantic_core_schema__(cls, _: object, __: object) -> Any:
        from pydantic_core.core_schema import datetime_schema  # pydantic itself compares with the real class

        return datetime_schema()

    @classmethod
    def now(cls, tz: Optional[dt.tzinfo] = None) -> Any:
        kind: Any = REAL_DATETIME if cls is _Datetime else super()
        clock = _clock()
        if clock is None:
            return kind.now(tz)
        clock.scheduler.read_clock()
        return kind.fromtimestamp(clock.now(), tz)

    @classmethod
    def utcnow(cls) -> Any:
        return cls.now(dt.timezone.utc).replace(tzinfo=None)

    @classmethod
    def today(cls) -> Any:
        return cls.now()


PATCHED: Mapping[int, Tuple[Any, Any]] = {
    id(real): (real, virtual)
    for real, virtual in (
        (time.sleep, _sleep),
        (time.time, _patched("time", lambda clock: clock.now())),
        (time.monotonic, _patched("monotonic", _since_start)),
        (time.perf_counter, _patched("perf_counter", _since_start)),
        (time.time_ns, _patched("time_ns", lambda clock: round(clock.now() * 1e9))),
        (time.monotonic_ns, _patched("monotonic_ns", lambda clock: clock.uptime() * _NANOSECONDS)),
        (time.perf_counter_ns, _patched("perf_counter_ns", lambda clock: clock.uptime() * _NANOSECONDS)),
        (REAL_DATETIME, _Datetime),
        (REAL_AS_COMPLETED, as_completed),
    )
}
"""Each real function or class with the virtual one, by the id of the former: a value of a module may have no hash."""
REAL = {id(virtual): real for real, virtual in PATCHED.values()}
"""Each real function or class, by the id of the virtual one."""
