"""Objects of others, among the modules of the process or as scenarios: a hunt looks at them, and runs none of them."""

from __future__ import annotations

import sys
import time
from collections import UserList
from functools import partial
from types import MappingProxyType, ModuleType

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
    assert "acknowledged_once is violated" in str(report.finding)


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


class FailsAtLooks:
    """A scenario whose names are made by code that fails."""

    def __init__(self, error):
        self.error = error

    def __getattr__(self, name):
        raise self.error

    def __call__(self, client):
        return client.add(content="tea") and "tea"


class FailsAtLooksAsync(FailsAtLooks):
    """The same as a coroutine function."""

    async def __call__(self, client):
        return await client.add(content="tea") and "tea"


class FailsAtLooksYielding(FailsAtLooks):
    """The same as a generator function."""

    def __call__(self, client):
        yield client.add(content="tea")


class FailsAtLooksTwice(FailsAtLooks):
    """The same with two parameters."""

    def __call__(self, client, other):
        client.add(content=other)


FAILURES = [KeyError("name"), RuntimeError("name"), SystemExit("name")]


@pytest.mark.parametrize("error", FAILURES, ids=repr)
@pytest.mark.parametrize("kind", [FailsAtLooks, FailsAtLooksAsync])
@pytest.mark.parametrize("wrapped", [False, True])
def test_an_object_whose_names_fail_is_a_scenario(kind, error, wrapped):
    """Whether it takes a client, and is async, is read from its class, and its finding is written."""
    scenario = partial(kind(error)) if wrapped else kind(error)
    assert chaos.replay(scenario, "add: 429").claims.saved == ("tea",)
    finding = chaos.hunt(scenario, rounds=10).finding
    assert "cannot be imported by name" in str(finding)
    assert "cannot be imported by name" in finding.html()


@pytest.mark.parametrize("error", FAILURES, ids=repr)
@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (FailsAtLooksYielding, "is a generator function"),
        (FailsAtLooksTwice, "expected at most one required argument .*, got client, other of "),
    ],
)
def test_an_object_whose_names_fail_is_refused_as_any(kind, message, error):
    """A generator, or a call with two parameters, is refused by its own message."""
    with pytest.raises(chaos.ScenarioError, match=message):
        chaos.hunt(kind(error))


class OwnClass:
    """An object whose class is made by code that fails."""

    __class__ = property(lambda self: sys.exit())


class OwnClassOfText(str):
    """A text whose class is made by such code."""

    __slots__ = ()
    __class__ = property(lambda self: sys.exit())


@pytest.mark.parametrize(
    ("returned", "saved"),
    [
        (OwnClass(), ()),
        (RefusingMeta("Kind", (), {})(), ()),
        ([OwnClass()], ()),
        ({"tea": OwnClass()}, ()),
        ({OwnClass(): "tea"}, ()),
        (OwnClassOfText("tea"), ("tea",)),
        (MappingProxyType({"tea": 7}), ()),
        (UserList(["tea"]), ("tea",)),
    ],
    ids=["object", "class of a class", "in a list", "in a dict", "as a key", "text", "mapping", "collection"],
)
@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_value_that_is_returned_is_looked_at_only(returned, saved, way):
    """What a scenario claims follows from the kinds of what it returns, whatever these say of their class."""

    def scenario(client):
        client.add(content="tea")
        return returned

    async def scenario_async(client):
        await client.add(content="tea")
        return returned

    result = chaos.replay(scenario if way == "sync" else scenario_async, "", invariants=())
    assert result.claims.saved == saved
    assert result.returned is returned


class FailsAtItems(dict):
    """A dict that cannot be read."""

    def items(self):
        raise LookupError("no items")


class FailsAtIteration(list):
    """A list that cannot be read."""

    def __iter__(self):
        raise LookupError("no items")


@pytest.mark.parametrize("returned", [FailsAtItems(), FailsAtIteration()])
def test_a_value_that_cannot_be_read_is_refused(returned):
    """The error says that the returned value is wrong, and with which error."""
    with pytest.raises(chaos.ScenarioError, match="reading what it returned fails with LookupError: no items"):
        chaos.hunt(lambda client: client.details() and returned)
