"""Where the modules of a process hold the machine's time, by whatever name and in whatever default argument."""

from __future__ import annotations

import datetime as dt
import os
import time
from functools import partial
from operator import attrgetter
from types import FunctionType, MethodType
from typing import Any, Callable, Collection, Dict, Iterator, List, Mapping, NamedTuple, Tuple

from octamem_testing.static import is_a, modules, name_of, own_names, space_of, text_of

from .patched_time import REAL, STAND_INS

__all__ = ["Held", "held_by_modules", "put_back"]

_STANDARD = os.path.dirname(os.path.abspath(os.__file__))  # noqa: PTH120, PTH100 - compared with __file__, as text
_INSTALLED = ("site-packages", "dist-packages")
_OF_THE_ROUND = ("__main__", "queue", "sched", "threading")
"""Modules that are not left alone wherever they lie: their deadlines are for waits of the round."""
_OURS = f"{__name__.partition('.')[0]}."
"""The kit: what of it looks after a round does so in real time, and the rest holds no time."""


class Held(NamedTuple):
    """A place where something of the machine's time is held: how to put something there, what it is, what stands in."""

    put: Callable[[Any], None]
    real: Any
    virtual: Any


def held_by_modules(scenario: object = None) -> Tuple[Held, ...]:
    """Find where the modules of the process hold the machine's time, by whatever name (`from time import sleep`).

    Default arguments of functions and methods are looked through as well, those of `scenario` too. The standard
    library's own are left alone, but for those whose deadlines are for waits of the round. A copy that was bound
    elsewhere, as an attribute of an object, is not found.
    """
    found: List[Held] = list(_held_by_defaults(scenario))
    for _, module in modules():
        space = space_of(module)
        if not _is_left_alone(space):
            found.extend(_held_in(space))
    return tuple(found)


_TIMELESS: Dict[str, Tuple[Dict[str, Any], int]] = {}
"""Modules of installed packages that hold no time, with their names and how many there were: most of a process."""


def _held_in(space: Dict[str, Any]) -> Tuple[Held, ...]:
    name = name_of(space)
    known = _TIMELESS.get(name)
    if known is not None and known[0] is space and known[1] == len(space):
        return ()
    found = tuple(held for own, value in list(space.items()) for held in _held_as(space, own, value))
    if not found and any(folder in text_of(space, "__file__") for folder in _INSTALLED):
        _TIMELESS[name] = (space, len(space))
    return found


def _held_as(space: Dict[str, Any], name: str, value: Any) -> Iterator[Held]:
    known = STAND_INS.get(id(value))
    if known is not None and known[0] is value:
        yield Held(partial(space.__setitem__, name), *known)
    elif type(value) is FunctionType:
        yield from _held_by_defaults(value)
    elif is_a(value, type) and text_of(own_names(value), "__module__") == name_of(space):
        for own in list(own_names(value).values()):
            yield from _held_by_defaults(own)


_AROUND: Dict[type, Callable[[Any], Any]] = {
    partial: attrgetter("func"),
    **dict.fromkeys((staticmethod, classmethod, MethodType), attrgetter("__func__")),
}
"""Kinds of objects around a function, with the way to it: those alone whose attributes are no code of others."""


def _held_by_defaults(function: Any) -> Iterator[Held]:
    while type(function) in _AROUND:
        function = _AROUND[type(function)](function)
    if type(function) is not FunctionType:
        return
    defaults = function.__defaults__
    if defaults and any(id(each) in STAND_INS for each in defaults):
        virtual = tuple(STAND_INS.get(id(each), (None, each))[1] for each in defaults)
        yield Held(partial(setattr, function, "__defaults__"), defaults, virtual)
    by_keyword: Dict[str, Any] = function.__kwdefaults__ or {}
    for name, value in list(by_keyword.items()):
        if id(value) in STAND_INS:
            yield Held(partial(by_keyword.__setitem__, name), *STAND_INS[id(value)])


def _is_left_alone(space: Mapping[str, Any]) -> bool:
    file, name = text_of(space, "__file__"), name_of(space)
    if space is vars(time) or space is vars(dt) or name in _OF_THE_ROUND:
        return False
    # trio would wait for real until a virtual moment: it would never end.
    if not file or name.partition(".")[0] == "trio" or name.startswith(_OURS):
        return True
    return file.startswith(_STANDARD) and not any(folder in file for folder in _INSTALLED)


def put_back(before: Collection[str]) -> None:
    """Give modules that were imported meanwhile what they would hold without the round."""
    for name, module in modules():
        space = space_of(module) if name not in before else {}
        for own, value in list(space.items()):
            if id(value) in REAL:
                space[own] = REAL[id(value)]
