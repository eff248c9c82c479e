"""Patch points: where the modules of a process hold the machine's time, as a name or as a default argument."""

from __future__ import annotations

import datetime as dt
import os
import time
from functools import partial
from operator import attrgetter
from types import FunctionType, MethodType
from typing import Any, Callable, Collection, Dict, Iterator, List, Mapping, NamedTuple, Tuple

from octamem_testing.static import is_class, modules, name_of, own_names, space_of, text_of

from .patched_time import PATCHED, REAL
from .places import RUNNERS

__all__ = ["PatchPoint", "patch_points", "restore_new_modules"]

_STANDARD = os.path.dirname(os.path.abspath(os.__file__))  # noqa: PTH120, PTH100 - compared with __file__, as text
_INSTALLED = ("site-packages", "dist-packages")
_ALWAYS_PATCHED = ("__main__", "queue", "sched", "threading")
"""Modules that are patched wherever they lie: they compute deadlines of waits in virtual time."""
_LEFT_ALONE = (
    f"{__name__.partition('.')[0]}.",  # the kit, which watches over a round in real time
    "trio.",  # it would wait in real time until a virtual moment, and never end
    *(f"{each}." for each in RUNNERS),
    "pytest_",
)
"""Beginnings of the names of modules that keep the machine's time."""


class PatchPoint(NamedTuple):
    """A place that holds the machine's time: how to put a value there, the real value and the virtual one."""

    put: Callable[[Any], None]
    real: Any
    virtual: Any


def patch_points(scenario: object = None) -> Tuple[PatchPoint, ...]:
    """Find where the modules of the process hold the machine's time, by whatever name (`from time import sleep`).

    The default arguments of functions and methods count, and those of `scenario`. Modules of the standard library are
    left alone, except those that compute deadlines of waits in virtual time. A copy in an attribute of an object is not
    found.
    """
    found: List[PatchPoint] = list(_in_defaults(scenario))
    for _, module in modules():
        space = space_of(module)
        if not _is_left_alone(space):
            found.extend(_in_module(space))
    return tuple(found)


_TIMELESS: Dict[str, Tuple[Dict[str, Any], int]] = {}
"""Modules of installed packages that hold no time, each with its names and their number: most of a process."""


def _in_module(space: Dict[str, Any]) -> List[PatchPoint]:
    name = name_of(space)
    known = _TIMELESS.get(name)
    found: List[PatchPoint] = []
    if known is not None and known[0] is space and known[1] == len(space):
        return found
    # Each hunt goes through tens of thousands of names here: the common ones cost no further call.
    for own, value in list(space.items()):
        patched = PATCHED.get(id(value))
        if patched is not None and patched[0] is value:
            found.append(PatchPoint(partial(space.__setitem__, own), *patched))
        elif type(value) is FunctionType:
            if value.__defaults__ or value.__kwdefaults__:
                found.extend(_in_defaults(value))
        elif is_class(value) and text_of(own_names(value), "__module__") == name:
            found.extend(_in_class(value))
    if not found and any(folder in text_of(space, "__file__") for folder in _INSTALLED):
        _TIMELESS[name] = (space, len(space))
    return found


def _in_class(kind: type) -> Iterator[PatchPoint]:
    for value in list(own_names(kind).values()):
        if type(value) is FunctionType:
            if value.__defaults__ or value.__kwdefaults__:
                yield from _in_defaults(value)
        elif type(value) in _WRAPPERS:
            yield from _in_defaults(value)


_WRAPPERS: Dict[type, Callable[[Any], Any]] = {
    partial: attrgetter("func"),
    **dict.fromkeys((staticmethod, classmethod, MethodType), attrgetter("__func__")),
}
"""Kinds of objects around a function, each with the way to it: only those whose attributes run no code of others."""


def _in_defaults(function: Any) -> Iterator[PatchPoint]:
    while type(function) in _WRAPPERS:
        function = _WRAPPERS[type(function)](function)
    if type(function) is not FunctionType:
        return
    defaults = function.__defaults__
    if defaults and any(id(each) in PATCHED for each in defaults):
        virtual = tuple(PATCHED.get(id(each), (None, each))[1] for each in defaults)
        yield PatchPoint(partial(setattr, function, "__defaults__"), defaults, virtual)
    by_keyword: Dict[str, Any] = function.__kwdefaults__ or {}
    for name, value in list(by_keyword.items()):
        if id(value) in PATCHED:
            yield PatchPoint(partial(by_keyword.__setitem__, name), *PATCHED[id(value)])


def _is_left_alone(space: Mapping[str, Any]) -> bool:
    file, name = text_of(space, "__file__"), name_of(space)
    if space is vars(time) or space is vars(dt) or name in _ALWAYS_PATCHED:
        return False
    if not file or f"{name}.".startswith(_LEFT_ALONE):
        return True
    return file.startswith(_STANDARD) and not any(folder in file for folder in _INSTALLED)


def restore_new_modules(before: Collection[str]) -> None:
    """Restore the machine's time in modules that were imported since `before`, while it was patched."""
    for name, module in modules():
        space = space_of(module) if name not in before else {}
        for own, value in list(space.items()):
            if id(value) in REAL:
                space[own] = REAL[id(value)]
