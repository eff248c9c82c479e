"""Patches: modules are patched again and again, each time as they are then."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any, List

import pytest

from octamem_testing.patches import Patches, Target, wrapping


def real() -> str:
    """Return what the module of the test says."""
    return "real"


def other() -> str:
    """Return what a library puts in its place."""
    return "other"


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a module that is imported."""
    made: Any = ModuleType("octamem_patched")
    made.say = real
    monkeypatch.setitem(sys.modules, made.__name__, made)
    return made


def patches_of(made: List[object]) -> Patches:
    """Return patches of that module; `made` counts what they replace for the first time."""

    def found(module: Any) -> List[Any]:
        def patch(original: Any) -> Any:
            made.append(original)
            return wrapping(lambda original: f"patched {original()}")(original)

        return [(module, "say", patch)]

    return Patches([Target("octamem_patched", found)])


def test_a_module_that_is_as_before_gets_the_same_patch(module: Any) -> None:
    """What replaces an attribute is made once, however often it is put in place."""
    made: List[object] = []
    patches = patches_of(made)
    for _ in range(3):
        patches.install()
        assert module.say() == "patched real"
        patches.remove()
        assert module.say is real
    assert made == [real]


@pytest.mark.parametrize("how", ["an attribute", "a name", "the module"])
def test_a_module_that_has_changed_is_patched_as_it_is(module: Any, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was replaced, added or imported again since the last time is patched as it is now."""
    made: List[object] = []
    patches = patches_of(made)
    patches.install()
    patches.remove()
    if how == "a name":
        module.more = True
    elif how == "the module":
        module = ModuleType("octamem_patched")
        monkeypatch.setitem(sys.modules, "octamem_patched", module)
    if how != "a name":
        module.say = other
    patches.install()
    assert module.say() == ("patched real" if how == "a name" else "patched other")
    patches.remove()
    assert module.say is (real if how == "a name" else other)
    assert len(made) == 2


def test_what_is_mocked_since_is_patched_when_they_are_renewed(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mock that was put over a patch is patched too, and neither stays after its end."""
    patches = patches_of([])
    patches.install()
    with monkeypatch.context() as mock:
        mock.setattr(module, "say", other)
        patches.renew()
        assert module.say() == "patched other"
        patches.remove()
        assert module.say is other
    patches.renew()
    assert module.say() == "patched real"
    patches.remove()
    assert module.say is real


def test_patches_that_stand_are_not_made_again_when_they_are_renewed(module: Any) -> None:
    """Where nothing has replaced a patch, it stays as it is."""
    made: List[object] = []
    patches = patches_of(made)
    for _ in range(3):
        patches.renew()
        assert module.say() == "patched real"
    patches.remove()
    assert (made, module.say) == ([real], real)
