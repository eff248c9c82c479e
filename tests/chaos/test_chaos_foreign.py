"""What others have put among the modules of the process: none of it runs while a hunt looks for the machine's time."""

from __future__ import annotations

import sys
import time
from types import ModuleType

import pytest

from octamem_testing import chaos
from octamem_testing.static import in_trio_task, space_of


class Refuses:
    """An object that ends the process at any look."""

    def _refuse(self, *_):
        raise SystemExit

    __getattribute__ = __eq__ = __bool__ = __str__ = __repr__ = __hash__ = _refuse


class RefusingMeta(type):
    """A class of classes that are as bad."""

    def __getattribute__(cls, name):
        raise SystemExit


class LazyModule(ModuleType):
    """A module that fails as soon as it is asked for a name."""

    def __getattribute__(self, name):
        raise ModuleNotFoundError(name)


class OwnSpace:
    """An object whose names are made by code of its own."""

    __dict__ = property(lambda self: sys.exit())
    __class__ = property(lambda self: sys.exit())


def holding():
    """Make a module with a file, that holds such objects."""
    module = ModuleType("chaos_foreign")
    module.__file__ = "/program/chaos_foreign.py"
    module.thing, module.kind, module.own = Refuses(), RefusingMeta("Kind", (), {}), OwnSpace()
    return module


def misnamed():
    """Make a module whose name and file are such objects."""
    module = ModuleType("chaos_foreign")
    vars(module).update(__name__=Refuses(), __file__=Refuses())
    return module


@pytest.mark.parametrize(
    "make",
    [
        holding,
        misnamed,
        Refuses,
        OwnSpace,
        lambda: None,
        lambda: LazyModule("chaos_foreign"),
        lambda: RefusingMeta("Kind", (), {}),
    ],
    ids=["held", "misnamed", "an object", "a space of its own", "none", "lazy", "a class"],
)
@pytest.mark.parametrize("name", ["chaos_foreign", "trio.lowlevel"])
def test_foreign_objects_are_looked_at_only(monkeypatch, make, name):
    """A hunt is made, and its finding told, whatever stands among the modules."""
    monkeypatch.setitem(sys.modules, name, make())
    report = chaos.hunt(lambda client: client.add(content="tea") and None, rounds=30)
    assert "acknowledged_once is broken" in str(report.finding)


def test_an_object_in_the_place_of_a_module_is_searched(monkeypatch):
    """What it holds itself of the machine's time is the round's."""

    class Stands:
        """Stands in for its module, as some do to have attributes that are computed."""

    stands = Stands()
    vars(stands).update(__name__="chaos_foreign", __file__="/program/chaos_foreign.py", sleep=time.sleep)
    monkeypatch.setitem(sys.modules, "chaos_foreign", stands)

    def scenario(client):
        client.details()
        stands.sleep(3600)

    assert chaos.replay(scenario, "", invariants=()).seconds == 3600.0
    assert space_of(stands)["sleep"] is time.sleep


def test_trio_is_asked_only_where_it_is_there(monkeypatch):
    """No library is taken for trio that does not have its question."""
    monkeypatch.setitem(sys.modules, "trio.lowlevel", Refuses())
    assert in_trio_task() is False
