"""A mark that no fixture of the kit reads: whether its test fails for it, and in which words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, List, Mapping, Protocol

if TYPE_CHECKING:
    from octamem_testing.marker import Plan

__all__ = ["idle_told", "marks_of_its_own", "may_ask_later"]

WAYS_OUT = {"unused", "unexpected"}
REMEDY = (
    "what to do: ask for octamem_client or async_octamem_client (a client on the fake), octamem_mock (where the code "
    "builds its own clients) or octamem_server (real HTTP), as an argument of the test or, for a class of unittest "
    'too, by @pytest.mark.usefixtures("octamem_mock"); or '
)


class _Mark(Protocol):
    @property
    def kwargs(self) -> Mapping[str, Any]: ...


def idle_told(own: Iterable[_Mark], plan: Plan) -> str:
    """Say what is wrong with marks that met no fixture of the kit; "" where they may do nothing.

    `own` are those on the test itself, which speak of it alone, and so may not be idle where they ask for anything.
    Those around it (on a class or module) may be meant for other tests; their faults, though, are owed a meeting by
    every test, unless `plan` lets them go unmet.
    """
    asked = [mark for mark in own if not mark.kwargs or {*mark.kwargs} - WAYS_OUT]
    if asked:
        what = ", ".join(dict.fromkeys(f"{name}=" for mark in asked for name in mark.kwargs))
        return _told(f"so that nothing reads {what and f'{what} of '}its mark", "take the mark away")
    if plan.faults and not plan.allow_unused:
        return _told(
            f"so that it cannot meet faults={plan.faults[0]!r:.80} of the mark around it",
            'put that mark on the tests that are meant, or say unused="allow" in it',
        )
    return ""


def marks_of_its_own(item: Any) -> List[Any]:
    """Give the marks that stand on a test, or on one of its parameters.

    Not what a conftest adds to the item: that may have been added to all.
    """
    marks = [*getattr(getattr(item, "obj", None), "pytestmark", ())]
    marks += getattr(getattr(item, "callspec", None), "marks", ())
    return [mark for mark in marks if mark.name == "octamem"]


def may_ask_later(item: Any) -> bool:
    """Whether a test can ask for a fixture while it runs: itself or by a fixture it names, and any doctest can."""
    known = getattr(item, "_fixtureinfo", None)
    if not hasattr(item, "function") or known is None or hasattr(item.obj, "__unittest_skip__"):
        return True  # unittest skips while it runs
    names: List[str] = list(known.argnames)
    for name in names:  # it grows meanwhile
        for definition in known.name2fixturedefs.get(name, ()):
            # Pytest's own, such as capsys, ask for nothing later.
            if not str(getattr(definition.func, "__module__", "")).startswith("_pytest."):
                names += [each for each in definition.argnames if each not in names]
    return "request" in names


def _told(effect: str, else_do: str) -> str:
    return (
        f"@pytest.mark.octamem: this test asks for no fixture of the kit, {effect}, and its calls go wherever its "
        f"clients point, be that the real service\n{REMEDY}{else_do}"
    )
