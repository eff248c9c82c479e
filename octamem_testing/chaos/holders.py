"""Where the modules of a process hold the machine's time, by whatever name and in whatever default argument."""

from __future__ import annotations

import datetime as dt
import os
import sys
import time
from functools import partial
from types import FunctionType
from typing import Any, Callable, Collection, Dict, Iterator, List, Mapping, NamedTuple, Tuple

from .standins import REAL, STAND_INS

__all__ = ["Held", "held_by_modules", "put_back"]

_STANDARD = os.path.dirname(os.path.abspath(os.__file__))  # noqa: PTH120, PTH100 - compared with __file__, as text
_INSTALLED = ("site-packages", "dist-packages")
_OF_THE_ROUND = ("__main__", "queue", "sched", "threading")
"""Modules that are not left alone wherever they lie: their deadlines are for waits of the round."""
_OURS = f"{__package__}."
"""Modules that a round is made of: they look after it in real time."""


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
    known = STAND_INS.get(id(value))
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
    if defaults and any(id(each) in STAND_INS for each in defaults):
        virtual = tuple(STAND_INS.get(id(each), (None, each))[1] for each in defaults)
        yield Held(partial(setattr, function, "__defaults__"), defaults, virtual)
    by_keyword: Dict[str, Any] = function.__kwdefaults__ or {}
    for name, value in by_keyword.items():
        if id(value) in STAND_INS:
            yield Held(partial(by_keyword.__setitem__, name), *STAND_INS[id(value)])


def _is_left_alone(space: Mapping[str, Any]) -> bool:
    if space is vars(time) or space is vars(dt) or space.get("__name__") in _OF_THE_ROUND:
        return False
    file, name = space.get("__file__"), str(space.get("__name__"))
    # trio would wait for real until a virtual moment: it would never end.
    if not isinstance(file, str) or name.partition(".")[0] == "trio" or name.startswith(_OURS):
        return True
    return file.startswith(_STANDARD) and not any(folder in file for folder in _INSTALLED)


def put_back(before: Collection[str]) -> None:
    """Give modules that were imported meanwhile what they would hold without the round."""
    for name, module in list(sys.modules.items()):
        space = getattr(module, "__dict__", None) if name not in before else None
        if isinstance(space, dict):
            for own, value in list(space.items()):
                if id(value) in REAL:
                    space[own] = REAL[id(value)]
