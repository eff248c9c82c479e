"""The machine's time replaced by the round's, for the threads of the round alone and until it ends."""

from __future__ import annotations

import asyncio
import copyreg
import datetime as dt
import os
import random
import sys
import time
from asyncio import events
from contextlib import contextmanager
from functools import partial
from types import FunctionType
from typing import (
    Any,
    Callable,
    Collection,
    Dict,
    Generator,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Tuple,
)

from fake_server.core.clock import TICKS

from .primitives import waits_in_turn
from .virtual import RoundClock

__all__ = ["Held", "held_by_modules", "in_a_round", "stood_in"]

_STANDARD = os.path.dirname(os.path.abspath(os.__file__))  # noqa: PTH120, PTH100 - compared with __file__, as text
_OF_THE_ROUND = ("__main__", "queue", "sched", "threading")
"""Modules that are not left alone wherever they lie: their deadlines are for waits of the round."""
_ON_REAL_TIME = (__name__, f"{__package__}.baton", f"{__package__}.blocked")
_REAL_DATETIME = dt.datetime


class Held(NamedTuple):
    """A place where something of the machine's time is held: how to put something there, what it is, what stands in."""

    put: Callable[[Any], None]
    real: Any
    virtual: Any


class _State:
    """The round that is under way: rounds take turns."""

    clock: Optional[RoundClock] = None


def _clock() -> Optional[RoundClock]:
    """Give the clock of the round that this thread belongs to, None where it belongs to none."""
    clock = _State.clock
    return clock if clock is not None and clock.baton.here() else None


def in_a_round() -> bool:
    """Say whether this thread belongs to a round that is under way."""
    return _clock() is not None


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
    return clock.ticking() / TICKS


class _LikeDatetime(type):
    """Lets the stand-in pass for the class whose place it takes."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _REAL_DATETIME)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, _REAL_DATETIME)


class _Datetime(_REAL_DATETIME, metaclass=_LikeDatetime):
    """The class, but that `now`, `utcnow` and `today` go by the round's clock; what it makes is of the real one."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        return _REAL_DATETIME(*args, **kwargs) if cls is _Datetime else super().__new__(cls, *args, **kwargs)

    @classmethod
    def __get_pydantic_core_schema__(cls, _: object, __: object) -> Any:
        from pydantic_core.core_schema import datetime_schema  # pydantic itself compares with what the round replaces

        return datetime_schema()

    @classmethod
    def now(cls, tz: Optional[dt.tzinfo] = None) -> Any:
        kind: Any = _REAL_DATETIME if cls is _Datetime else super()
        clock = _clock()
        return kind.now(tz) if clock is None else kind.fromtimestamp(clock.now(), tz)

    @classmethod
    def utcnow(cls) -> Any:
        return cls.now(dt.timezone.utc).replace(tzinfo=None)

    @classmethod
    def today(cls) -> Any:
        return cls.now()


_INSTALLED = ("site-packages", "dist-packages")

_STAND_INS: Mapping[int, Tuple[Any, Any]] = {
    id(real): (real, stand_in)
    for real, stand_in in (
        (time.sleep, _sleep),
        (time.time, _routed("time", lambda clock: clock.now())),
        (time.monotonic, _routed("monotonic", _since_start)),
        (time.perf_counter, _routed("perf_counter", _since_start)),
        (time.time_ns, _routed("time_ns", lambda clock: round(clock.now() * 1e9))),
        (time.monotonic_ns, _routed("monotonic_ns", lambda clock: clock.ticking() * 1000)),
        (time.perf_counter_ns, _routed("perf_counter_ns", lambda clock: clock.ticking() * 1000)),
        (_REAL_DATETIME, _Datetime),
    )
}
_REAL = {id(stand_in): real for real, stand_in in _STAND_INS.values()}


def held_by_modules(scenario: object = None) -> Tuple[Held, ...]:
    """Find where the modules of the process hold the machine's time, by whatever name (`from time import sleep`).

    Default arguments of functions and methods are looked through as well, those of `scenario` too. The standard
    library's own are left alone, but for those whose deadlines are for waits of the round. A copy that was bound
    elsewhere, as an attribute of an object, is not found.
    """
    found: List[Held] = list(_held_by_defaults(scenario))
    for module in list(sys.modules.values()):
        space = getattr(module, "__dict__", None)
        if isinstance(space, dict) and not _is_left_alone(space):
            found.extend(_held_in(space))
    return tuple(found)


_TIMELESS: Dict[str, Tuple[Dict[str, Any], int]] = {}
"""Modules of installed packages that hold no time, with their names and how many there were: most of a process."""


def _held_in(space: Dict[str, Any]) -> Tuple[Held, ...]:
    name = str(space.get("__name__"))
    known = _TIMELESS.get(name)
    if known is not None and known[0] is space and known[1] == len(space):
        return ()
    found = tuple(held for own, value in list(space.items()) for held in _held_as(space, own, value))
    if not found and any(folder in str(space.get("__file__")) for folder in _INSTALLED):
        _TIMELESS[name] = (space, len(space))
    return found


def _held_as(space: Dict[str, Any], name: str, value: Any) -> Iterator[Held]:
    known = _STAND_INS.get(id(value))
    if known is not None and known[0] is value:
        yield Held(partial(space.__setitem__, name), *known)
    elif isinstance(value, FunctionType):
        yield from _held_by_defaults(value)
    elif isinstance(value, type) and value.__module__ == space.get("__name__"):
        for own in list(vars(value).values()):
            yield from _held_by_defaults(getattr(own, "__func__", own))


def _held_by_defaults(function: Any) -> Iterator[Held]:
    while isinstance(function, partial):
        function = function.func
    function = getattr(function, "__func__", function)
    if not isinstance(function, FunctionType):
        return
    defaults = function.__defaults__
    if defaults and any(id(each) in _STAND_INS for each in defaults):
        virtual = tuple(_STAND_INS.get(id(each), (None, each))[1] for each in defaults)
        yield Held(partial(setattr, function, "__defaults__"), defaults, virtual)
    by_keyword: Dict[str, Any] = function.__kwdefaults__ or {}
    for name, value in by_keyword.items():
        if id(value) in _STAND_INS:
            yield Held(partial(by_keyword.__setitem__, name), *_STAND_INS[id(value)])


def _is_left_alone(space: Mapping[str, Any]) -> bool:
    if space is vars(time) or space is vars(dt) or space.get("__name__") in _OF_THE_ROUND:
        return False
    file, name = space.get("__file__"), str(space.get("__name__"))
    # trio would wait for real until a virtual moment: it would never end.
    if not isinstance(file, str) or name in _ON_REAL_TIME or name.partition(".")[0] == "trio":
        return True
    return file.startswith(_STANDARD) and not any(folder in file for folder in _INSTALLED)


def _put_back(before: Collection[str]) -> None:
    """Give modules that were imported meanwhile what they would hold without the round."""
    for name, module in list(sys.modules.items()):
        space = getattr(module, "__dict__", None) if name not in before else None
        if isinstance(space, dict):
            for own, value in list(space.items()):
                if id(value) in _REAL:
                    space[own] = _REAL[id(value)]


def _reduced(moment: dt.datetime) -> Tuple[Any, ...]:
    return _made, moment.__reduce_ex__(4)[1]


def _made(*args: Any) -> dt.datetime:
    return _REAL_DATETIME(*args)


@contextmanager
def stood_in(
    clock: RoundClock, held: Tuple[Held, ...], new_loop: Callable[[], object], *, seed: int
) -> Generator[None, None, None]:
    """Give this thread, and those that it begins, the round's time, loops and chance until the block ends.

    The functions of `time` and the present of `datetime` go by the clock wherever `held` says that they are held; new
    event loops (`asyncio.run`) are made by `new_loop`; the `random` module is seeded. One block at a time.
    """
    make, state, modules = events.new_event_loop, random.getstate(), set(sys.modules)
    reducer = copyreg.dispatch_table.get(_REAL_DATETIME)

    def making() -> Any:
        return new_loop() if clock.baton.here() else make()

    with waits_in_turn(clock.baton):
        _State.clock = clock
        for each in held:
            each.put(each.virtual)
        # To be pickled a class has to be found under its name, where its stand-in is now.
        copyreg.dispatch_table[_REAL_DATETIME] = _reduced
        events.new_event_loop = asyncio.new_event_loop = making
        random.seed(seed)
        try:
            yield
        finally:
            random.setstate(state)
            events.new_event_loop = asyncio.new_event_loop = make
            if reducer is None:
                del copyreg.dispatch_table[_REAL_DATETIME]
            else:
                copyreg.dispatch_table[_REAL_DATETIME] = reducer
            for each in held:
                each.put(each.real)
            if len(sys.modules) != len(modules):
                _put_back(modules)
            _State.clock = None
