"""The machine's time with the round's in its place: what stands in for `time` and `datetime` in a round's threads."""

from __future__ import annotations

import datetime as dt
import sys
import time
from contextlib import contextmanager
from typing import Any, Callable, Generator, Mapping, Optional, Tuple

from fake_server.core.clock import TICKS
from octamem_testing.static import name_of

from .event_loop import RoundClock

__all__ = ["REAL", "REAL_DATETIME", "STAND_INS", "in_a_round", "under_way"]

REAL_DATETIME = dt.datetime
_REAL_SLEEP = time.sleep
_NOT_COUNTED = ("octamem", "httpx", "httpcore", "logging")
_NANOSECONDS = 10**9 // TICKS  # of a tick


class _State:
    """The round that is under way: rounds take turns."""

    clock: Optional[RoundClock] = None


def _clock() -> Optional[RoundClock]:
    """Give the clock of the round that this thread belongs to, None where it belongs to none."""
    clock = _State.clock
    return clock if clock is not None and clock.scheduler.here() else None


@contextmanager
def under_way(clock: RoundClock) -> Generator[None, None, None]:
    """Have what stands in go by the clock of a round, in its threads, until the block ends. One block at a time."""
    _State.clock = clock
    try:
        yield
    finally:
        _State.clock = None


def in_a_round() -> bool:
    """Say whether this thread belongs to a round that is under way."""
    return _clock() is not None


def _routed(name: str, virtual: Callable[[RoundClock], float]) -> Callable[[], Any]:
    real = getattr(time, name)

    def now() -> Any:
        clock = _clock()
        if clock is None:
            return real()
        _look(clock)
        return virtual(clock)

    return now


def _look(clock: RoundClock) -> None:
    """Have the program look at the clock; what libraries read for their own sake is no step of the program."""
    if name_of(sys._getframe(2).f_globals).partition(".")[0] not in _NOT_COUNTED:  # noqa: SLF001
        clock.scheduler.look()


def _sleep(seconds: float, /) -> None:
    clock = _clock()
    if clock is None:
        _REAL_SLEEP(seconds)
    else:
        clock.sleep_past(float(seconds))


def _since_start(clock: RoundClock) -> float:
    return clock.ticking() / TICKS


class _LikeDatetime(type):
    """Lets the stand-in pass for the class whose place it takes."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, REAL_DATETIME)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, REAL_DATETIME)


class _Datetime(REAL_DATETIME, metaclass=_LikeDatetime):
    """The class, but that `now`, `utcnow` and `today` go by the round's clock; what it makes is of the real one."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        return REAL_DATETIME(*args, **kwargs) if cls is _Datetime else super().__new__(cls, *args, **kwargs)

    @classmethod
    def __get_pydantic_core_schema__(cls, _: object, __: object) -> Any:
        from pydantic_core.core_schema import datetime_schema  # pydantic itself compares with what the round replaces

        return datetime_schema()

    @classmethod
    def now(cls, tz: Optional[dt.tzinfo] = None) -> Any:
        kind: Any = REAL_DATETIME if cls is _Datetime else super()
        clock = _clock()
        if clock is None:
            return kind.now(tz)
        clock.scheduler.look()
        return kind.fromtimestamp(clock.now(), tz)

    @classmethod
    def utcnow(cls) -> Any:
        return cls.now(dt.timezone.utc).replace(tzinfo=None)

    @classmethod
    def today(cls) -> Any:
        return cls.now()


STAND_INS: Mapping[int, Tuple[Any, Any]] = {
    id(real): (real, stand_in)
    for real, stand_in in (
        (time.sleep, _sleep),
        (time.time, _routed("time", lambda clock: clock.now())),
        (time.monotonic, _routed("monotonic", _since_start)),
        (time.perf_counter, _routed("perf_counter", _since_start)),
        (time.time_ns, _routed("time_ns", lambda clock: round(clock.now() * 1e9))),
        (time.monotonic_ns, _routed("monotonic_ns", lambda clock: clock.ticking() * _NANOSECONDS)),
        (time.perf_counter_ns, _routed("perf_counter_ns", lambda clock: clock.ticking() * _NANOSECONDS)),
        (REAL_DATETIME, _Datetime),
    )
}
"""What is of the machine, with what stands in for it, by the former's identity: what modules hold may have no hash."""
REAL = {id(stand_in): real for real, stand_in in STAND_INS.values()}
"""What is of the machine, by the identity of what stands in for it."""
