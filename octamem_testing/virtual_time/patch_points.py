"""Patch points: where the modules of a process hold the machine's time, as a name or as a default argument."""

from __future__ import annotations

import datetime as dt
import os
import time
from functools import partial
from operator import attrgetter
from types import FunctionType, MethodType
from typing import Any, Callable, Collection, Dict, Iterator, List, Mapping, NamedTuple, Tuple
from weakref import ReferenceType, ref

from octamem_testing.static import is_class, modules, name_of, own_names, space_of, text_of

from .patched_time import PATCHED, REAL
from .places import RUNNERS

__all__ = ["PatchPoint", "patch_points", "restore_new_modules"]

_STANDARD = os.path.dirname(os.path.abspath(os.__file__))  # noqa: PTH120, PTH100 - compared with __file__, as text
_INSTALLED = ("site-packages", "dist-packages")
_LIBRARIES = ("octamem.", "fake_server.")
"""Beginnings of the names of modules that count as installed wherever they lie."""
_ALWAYS_PATCHED = ("__main__", "asyncio", "queue", "sched", "threading")
"""Modules that are patched wherever they lie: they compute deadlines of waits in virtual time, or order tasks."""
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
    found, and neither is a default argument of a function that has got its first one since it was seen here.
    """
    found: List[PatchPoint] = list(_in_defaults(scenario))
    for name, module in modules():
        space = space_of(module)
        passed = _PASSED_OVER.get(name)
        if passed is not None and passed[0] is space and passed[1] == len(space):
            continue
        if _is_left_alone(space):
            _PASSED_OVER[name] = (space, len(space))
            continue
        seen = _SEEN.get(name)
        if seen is not None and seen.is_as_it_was(space):
            found.extend(seen.points(space))
            continue
        seen = _SEEN[name] = _look_at(space)
        points = list(seen.points(space))
        found.extend(points)
        if not points and _is_of_a_library(space):
            _PASSED_OVER[name] = (space, len(space))
    return tuple(found)


_PASSED_OVER: Dict[str, Tuple[Dict[str, Any], int]] = {}
"""Modules that keep the machine's time, or are installed and hold none, each with its names and their number."""


class _Seen(NamedTuple):
    """What a module held at the last look. By ids and weak references: nothing is kept alive for the sake of a look."""

    values: Tuple[int, ...]
    classes: Tuple[Tuple[ReferenceType[type], Tuple[int, ...]], ...]
    names: Tuple[str, ...]
    """Names that hold the machine's time."""
    functions: Tuple[ReferenceType[Any], ...]
    """Functions and methods that have default arguments."""

    def is_as_it_was(self, space: Dict[str, Any]) -> bool:
        """Whether the module and its classes hold the same objects; this is most of what a hunt pays for the look."""
        if self.values != tuple(map(id, list(space.values()))):
            return False
        for known, members in self.classes:
            kind = known()
            if kind is None or members != _members(kind):
                return False
        return True

    def points(self, space: Dict[str, Any]) -> Iterator[PatchPoint]:
        """Yield the patch points: defaults are read each time, because a function may have got others."""
        for name in self.names:
            if id(space.get(name)) in PATCHED:
                yield PatchPoint(partial(space.__setitem__, name), *PATCHED[id(space[name])])
        for known in self.functions:
            function = known()
            if function is not None and (
                function.__kwdefaults__ or not PATCHED.keys().isdisjoint(map(id, function.__defaults__ or ()))
            ):
                yield from _in_defaults(function)


_SEEN: Dict[str, _Seen] = {}
"""All other modules, by their names."""


def _look_at(space: Dict[str, Any]) -> _Seen:
    name, held = name_of(space), list(space.items())
    classes = [value for _, value in held if is_class(value) and text_of(own_names(value), "__module__") == name]
    functions = [value for _, value in held if type(value) is FunctionType]
    functions += [_unwrapped(value) for kind in classes for value in list(own_names(kind).values())]
    return _Seen(
        values=tuple(id(value) for _, value in held),
        classes=tuple((ref(kind), _members(kind)) for kind in classes),
        names=tuple(own for own, value in held if id(value) in PATCHED),
        functions=tuple(ref(each) for each in functions if _has_defaults(each)),
    )


def _members(kind: type) -> Tuple[int, ...]:
    return tuple(map(id, list(own_names(kind).values())))


_WRAPPERS: Dict[type, Callable[[Any], Any]] = {
    partial: attrgetter("func"),
    **dict.fromkeys((staticmethod, classmethod, MethodType), attrgetter("__func__")),
}
"""Kinds of objects around a function, each with the way to it: only those whose attributes run no code of others."""


def _unwrapped(function: Any) -> Any:
    while type(function) in _WRAPPERS:
        function = _WRAPPERS[type(function)](function)
    return function


def _has_defaults(value: Any) -> bool:
    return type(value) is FunctionType and bool(value.__defaults__ or value.__kwdefaults__)


def _in_defaults(value: Any) -> Iterator[PatchPoint]:
    function = _unwrapped(value)
    if not _has_defaults(function):
        return
    defaults = function.__defaults__ or ()
    if any(id(each) in PATCHED for each in defaults):
        virtual = tuple(PATCHED.get(id(each), (None, each))[1] for each in defaults)
        yield PatchPoint(partial(setattr, function, "__defaults__"), defaults, virtual)
    by_keyword: Dict[str, Any] = function.__kwdefaults__ or {}
    for name, default in list(by_keyword.items()):
        if id(default) in PATCHED:
            yield PatchPoint(partial(by_keyword.__setitem__, name), *PATCHED[id(default)])


def _is_of_a_library(space: Mapping[str, Any]) -> bool:
    file = text_of(space, "__file__")
    return f"{name_of(space)}.".startswith(_LIBRARIES) or any(folder in file for folder in _INSTALLED)


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
