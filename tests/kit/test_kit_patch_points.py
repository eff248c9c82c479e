"""Patch points: what modules hold of the machine's time is found, also in one that changed since the last look."""

from __future__ import annotations

import sys
import time
from types import ModuleType
from typing import Any, Callable, List

import pytest

from octamem_testing.virtual_time.patch_points import patch_points

PROGRAM = """
from time import monotonic

wait = print

def plain(seconds):
    pass

def waits(seconds, by=print):
    pass

class Waiter:
    def wait(self, seconds):
        pass
"""


def others(seconds: float, by: Any = time.sleep) -> None:
    """Wait by what the default argument says."""


def others_by_name(seconds: float, *, by: Any = time.sleep) -> None:
    """Wait by what the keyword's default says."""


def named(module: Any) -> None:
    module.wait = time.sleep


def replaced(module: Any) -> None:
    module.plain = others


def in_a_class(module: Any) -> None:
    module.Waiter.wait = others


def static_in_a_class(module: Any) -> None:
    module.Waiter.wait = staticmethod(others_by_name)


def another_default(module: Any) -> None:
    module.waits.__defaults__ = (time.sleep,)


def another_class(module: Any) -> None:
    exec(
        "class Waiter:\n    def wait(self, by=sleep):\n        pass\n",
        {**vars(module), "sleep": time.sleep},
        vars(module),
    )


def a_new_name(module: Any) -> None:
    module.pause = time.sleep


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Give an imported module that holds one function of `time`, and has been looked at."""
    made = ModuleType("looked_at")
    made.__file__ = "/app/looked_at.py"
    exec(PROGRAM, vars(made))
    monkeypatch.setitem(sys.modules, made.__name__, made)
    patch_points()
    return made


def reals() -> List[Any]:
    """Give what is to be patched now, put where it is put."""
    return [point.real for point in patch_points()]


def sleeps(found: List[Any]) -> List[Any]:
    return [real for real in found if real is time.sleep or real == (time.sleep,)]


@pytest.mark.parametrize(
    "change", [named, replaced, in_a_class, static_in_a_class, another_default, another_class, a_new_name]
)
def test_a_change_since_the_last_look_is_found(module: Any, change: Callable[[Any], None]) -> None:
    """Whatever a module or a class of it holds anew is patched with the next hunt."""
    before = len(sleeps(reals()))
    change(module)
    assert len(sleeps(reals())) == before + 1


def test_what_a_module_holds_no_more_is_left_alone(module: Any) -> None:
    """A name that holds something else by now is not patched."""
    before = reals().count(time.monotonic)
    module.monotonic = print
    assert reals().count(time.monotonic) == before - 1


def test_a_module_that_took_the_place_of_another_is_looked_at(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module of the same name with as many names is another module."""
    before = len(reals())
    other = ModuleType(module.__name__)
    vars(other).update(dict.fromkeys(vars(module), time.sleep), __name__="looked_at", __file__=module.__file__)
    monkeypatch.setitem(sys.modules, module.__name__, other)
    assert len(reals()) > before


def test_a_look_that_changed_nothing_finds_the_same(module: Any) -> None:
    """Two looks in a row give the same points, and putting the virtual values and the real ones undoes itself."""
    first, second = patch_points(), patch_points()
    assert [(each.real, each.virtual) for each in first] == [(each.real, each.virtual) for each in second]
    for point in first:
        point.put(point.virtual)
    for point in first:
        point.put(point.real)
    assert module.monotonic is time.monotonic
    assert len(patch_points()) == len(first)


def test_a_look_keeps_nothing_alive(module: Any) -> None:
    """What a module has let go of is collected."""
    import gc
    import weakref

    patch_points()
    gone = weakref.ref(module.Waiter), weakref.ref(module.waits)
    del module.Waiter, module.waits
    gc.collect()
    assert [each() for each in gone] == [None, None]
