"""Sleeping: whether the waits between two attempts are the program's own, or the test took them out of it."""

from __future__ import annotations

import re
import sys
from pathlib import PurePath
from types import BuiltinFunctionType, FrameType, FunctionType, MethodType, ModuleType
from typing import Any, Iterator, Literal, Tuple

from octamem_testing.static import name_of, space_of, text_of

from .places import is_library
from .sender import Trail, common_frame
from .source import names_slept, retries_without_wait

__all__ = ["Waits", "waits_between"]

Waits = Literal["own", "chosen", "replaced"]
"""The program's own waits; waits of a length that the test may have chosen, such as 0; or a replaced sleep."""

_SLEEPS = (("time", "sleep"), ("asyncio", "sleep"), ("anyio", "sleep"), ("trio", "sleep"), ("tenacity.nap", "sleep"))
_GENUINE = ("time", "asyncio", "anyio", "trio", "tenacity", "stamina", "backoff", "threading", "octamem")
"""The packages whose functions wait, or let the clock of the kit pass."""
_SLEEPING = re.compile(r"sleep|pause|nap|clock|timer|^(time|asyncio|anyio|trio)$", re.IGNORECASE)
_LASTING = re.compile(r"wait|delay|back_?off|interval|jitter", re.IGNORECASE)
_OF_A_LIBRARY = ("sleep", "wait")
"""The attributes by which a retry of tenacity waits; its others, such as `before_sleep`, only watch."""
_EAGER = "celery"
"""A task of Celery that is retried in the process of the test runs eagerly, without the wait that a worker makes."""
_DATA = (bool, type(None), str, bytes, type, ModuleType)


def waits_between(before: Trail, after: Trail) -> Waits:
    """Return whose the waits between two attempts are, as far as the frames of their sender show.

    They are replaced if a function that sleeps is not the real one, or if the sender was given a sleep or a clock of
    the test's. They are chosen if it was given a wait of 0, or a function of the test's that says how long to wait.
    """
    if any(_is_replaced(module, name) for module, name in _SLEEPS) or _is_stamina_testing():
        return "replaced"
    shared = common_frame(before, after)
    if shared is None:
        return "own"
    _, second, inside = shared
    if any(_top(stop.frame.f_globals) == _EAGER for stop in inside):
        return "replaced"
    frames = [stop.frame for stop in (second, *inside) if _may_wait(stop.frame)]
    names = [(frame, name, value) for frame in frames for name, value in _names_of(frame)]
    if any(_SLEEPING.search(name) and _is_of_the_test(value, frame) for frame, name, value in names):
        return "replaced"
    chosen = any(
        _is_zero(value) or (_LASTING.search(name) and _is_of_the_test(value, frame))
        for frame, name, value in names
        if _SLEEPING.search(name) or _LASTING.search(name) or name in names_slept(frame.f_code)
    )
    return "chosen" if chosen else "own"


def _is_replaced(module: str, name: str) -> bool:
    found = space_of(sys.modules.get(module)).get(name)
    return found is not None and not _is_genuine(found)


def _is_genuine(found: Any) -> bool:
    if isinstance(found, BuiltinFunctionType):
        return found.__module__ == "time"
    return isinstance(found, FunctionType) and _top(found.__globals__) in (*_GENUINE, "octamem_testing")


def _top(space: Any) -> str:
    return name_of(space).partition(".")[0]


def _is_stamina_testing() -> bool:
    ask = space_of(sys.modules.get("stamina")).get("is_testing")
    return bool(ask is not None and ask())


def _may_wait(frame: FrameType) -> bool:
    return not is_library(frame) or _top(frame.f_globals) in _GENUINE[:-1]


def _names_of(frame: FrameType) -> Iterator[Tuple[str, Any]]:
    """Yield what a function was given, what it closes over, its object's attributes, and the globals that it uses."""
    code = frame.f_code
    held = frame.f_locals
    own = space_of(held.get("self"))
    if is_library(frame):
        retried = held.get("fn")
        bare = isinstance(retried, FunctionType) and retries_without_wait(retried.__code__)
        # The wait of a bare `@retry()` is the program's, which forgot it; any other of 0 may be the test's.
        yield from ((name, own[name]) for name in _OF_A_LIBRARY if name in own and not (bare and name == "wait"))
        return
    given = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    yield from ((name, held[name]) for name in (*given, *code.co_freevars) if name in held)
    yield from own.items()
    yield from ((name, frame.f_globals[name]) for name in code.co_names if name in frame.f_globals)


def _is_zero(value: Any) -> bool:
    """Whether a length of time is nothing: 0, several times 0, or tenacity's wait for nothing."""
    if isinstance(value, (int, float)):
        return not isinstance(value, bool) and value == 0
    if isinstance(value, (list, tuple)):
        return bool(value) and all(map(_is_zero, value))
    return type(value).__name__ == "wait_none"


def _is_of_the_test(value: Any, frame: FrameType) -> bool:
    """Whether a function or an object comes from a test: a mock, made for the occasion, or defined in a test's file."""
    if isinstance(value, (*_DATA, int, float, list, tuple, dict)):
        return False
    if isinstance(value, MethodType):
        value = value.__func__
    if isinstance(value, BuiltinFunctionType):
        return not _is_genuine(value)
    if isinstance(value, FunctionType):
        elsewhere = value.__globals__ is not frame.f_globals and _is_test_file(value.__globals__)
        return not _is_genuine(value) and ("<" in value.__qualname__ or elsewhere)
    kind = type(value)
    space = space_of(sys.modules.get(kind.__module__))
    if kind.__module__ == "unittest.mock":
        return True
    return space is not frame.f_globals and _is_test_file(space)


def _is_test_file(space: Any) -> bool:
    name = PurePath(text_of(space, "__file__")).name
    return name.startswith(("test_", "conftest")) or name.endswith("_test.py")
