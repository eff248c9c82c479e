"""Unread marks: whether a mark that no fixture of the kit reads fails its test, and the message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, List

if TYPE_CHECKING:
    import pytest

    from octamem_testing.marker import Plan

__all__ = ["may_request_later", "own_marks", "unread_marks_message"]

CHECKS = {"unused", "unexpected", "verdict"}
REMEDY = (
    "what to do: use octamem_client or async_octamem_client (a client on the fake), octamem_mock (if the code builds "
    "its own clients) or octamem_server (real HTTP), as an argument of the test or, for unittest too, with "
    '@pytest.mark.usefixtures("octamem_mock"); or '
)


def unread_marks_message(own: Iterable[pytest.Mark], plan: Plan) -> str:
    """Return what is wrong with unread marks, "" if they may stay unread.

    `own` are the marks on the test itself: they are meant for this test, so all of them must be read. The marks on its
    class or module may be meant for other tests; only their faults must hit in every test, unless `plan` allows unused
    ones.
    """
    unread = [mark for mark in own if not mark.kwargs or {*mark.kwargs} - CHECKS]
    if unread:
        names = list(dict.fromkeys(f"{name}=" for mark in unread for name in mark.kwargs)) or ["its mark"]
        return _message(f"{', '.join(names)} {'has' if len(names) == 1 else 'have'} no effect", "remove the mark")
    if plan.faults and not plan.allow_unused:
        return _message(
            f"faults={plan.faults[0]!r:.80} of its class or module can never be injected",
            'move that mark to the tests that it is for, or write unused="allow" in it',
        )
    return ""


def own_marks(item: Any) -> List[pytest.Mark]:
    """Return the marks on a test or on one of its parameters, without those that a conftest adds, perhaps to all."""
    marks = [*getattr(getattr(item, "obj", None), "pytestmark", ())]
    marks += getattr(getattr(item, "callspec", None), "marks", ())
    return [mark for mark in marks if mark.name == "octamem"]


def may_request_later(item: Any) -> bool:
    """Whether a test can request a fixture while it runs: itself or through its fixtures; any doctest can."""
    known = getattr(item, "_fixtureinfo", None)
    if not hasattr(item, "function") or known is None or hasattr(item.obj, "__unittest_skip__"):
        return True  # unittest decides about a skip while the test runs
    names: List[str] = list(known.argnames)
    for name in names:  # the loop adds names
        for definition in known.name2fixturedefs.get(name, ()):
            # The fixtures of pytest, such as capsys, request nothing while the test runs.
            if not str(getattr(definition.func, "__module__", "")).startswith("_pytest."):
                names += [each for each in definition.argnames if each not in names]
    return "request" in names


def _message(effect: str, alternative: str) -> str:
    return (
        f"@pytest.mark.octamem: this test uses no fixture of the kit, so {effect}, and its calls may reach the real "
        f"service\n{REMEDY}{alternative}"
    )
