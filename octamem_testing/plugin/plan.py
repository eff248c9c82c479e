"""The test plan of an item, read from its marks and its name, and what the plugin keeps in the item's stash."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from importlib import import_module
from typing import TYPE_CHECKING, Generator, List, NoReturn

import pytest

from .options import seed_of_run

if TYPE_CHECKING:
    from octamem_testing.chaos.fixture import Chaos
    from octamem_testing.context import TestContext
    from octamem_testing.marker import Plan

__all__ = [
    "CHAOS",
    "CONTEXT",
    "FIXTURES",
    "MARKS_READ",
    "build_context",
    "extras",
    "fail_unread_marks",
    "has_unread_marks",
    "load_early",
    "node_id",
    "plan_for",
    "read_marks",
    "refuse",
    "skip_live",
]

FIXTURES = (
    "octamem_fake",
    "octamem_clock",
    "octamem_client",
    "async_octamem_client",
    "octamem_mock",
    "octamem_server",
    "octamem_chaos",
    "octamem_virtual_time",
)

CONTEXT: pytest.StashKey[TestContext] = pytest.StashKey()
CHAOS: pytest.StashKey[Chaos] = pytest.StashKey()
MARKS_READ: pytest.StashKey[bool] = pytest.StashKey()  # whether a fixture has read the marks of the test


_NEEDED = {
    "octamem_chaos": "octamem_testing.chaos.fixture",
    "octamem_mock": "octamem_testing.wiring.mock",
    "octamem_server": "octamem_testing.wiring.server",
}
"""What fixtures need beyond what all of them do."""


def load_early(item: pytest.Item) -> None:
    """Load what the fixtures of a test need, before those of somebody else put another file system in place."""
    named = {*FIXTURES} & {*getattr(item, "fixturenames", ())}
    if not named:
        return
    with suppress(ImportError):  # the fixture says what is not installed
        from octamem_testing.context import preload

        preload()
        import_module("octamem_testing.wiring.guard")
        for name in named & _NEEDED.keys():
            import_module(_NEEDED[name])


def node_id(item: pytest.Item) -> str:
    """Return the node id of a test as a single process knows it: xdist's workers may add the names of its groups."""
    marks = item.iter_markers("xdist_group")
    groups = [str(mark.args[0] if mark.args else mark.kwargs.get("name", "default")) for mark in marks]
    for added in ("_".join(sorted({*groups})), *groups):
        if groups and item.nodeid.endswith(f"@{added}"):
            return item.nodeid[: -len(added) - 1]
    return item.nodeid


def build_context(item: pytest.Item, what: str, *, virtual_time: bool = False) -> TestContext:
    """Build the context of a test from its marks; wrong marks fail the test. `what` names who needs it."""
    with extras(what):
        from octamem_testing.context import build
        from octamem_testing.marker import MarkerError
    from fake_server.core import ScriptError, SeedError, UnknownKeyError

    try:
        return build(node_id(item), plan_for(item), seed=seed_of_run(item.config), virtual_time=virtual_time)
    except (MarkerError, ScriptError, SeedError, UnknownKeyError) as error:
        refuse(error)


def has_unread_marks(item: pytest.Item) -> bool:
    """Whether a test has unread marks; a fixture of the project with the name of one of ours may have read them."""
    if item.get_closest_marker("octamem") is None or item.stash.get(MARKS_READ, False):
        return False
    return not {*FIXTURES} & {*getattr(item, "fixturenames", ())}


def fail_unread_marks(item: pytest.Item) -> None:
    """Fail a test if its marks are unread and must not be."""
    from .unread_marks import own_marks, unread_marks_message

    message = unread_marks_message(own_marks(item), plan_for(item))
    if message:
        pytest.fail(message, pytrace=False)


def read_marks(item: pytest.Item) -> Plan:
    """Return the plan of a test, and record that a fixture has read its marks."""
    item.stash[MARKS_READ] = True
    return plan_for(item)


def plan_for(item: pytest.Item) -> Plan:
    """Return the plan of a test; a test with wrong marks fails."""
    from octamem_testing.marker import MarkerError, plan_of

    marks: List[pytest.Mark] = list(item.iter_markers("octamem"))
    try:
        return plan_of(reversed(marks))
    except MarkerError as error:
        refuse(error)


def refuse(error: Exception) -> NoReturn:
    """Fail a test because of an error in its marks."""
    # From None: the chain would show the same message twice.
    raise pytest.fail.Exception(f"@pytest.mark.octamem: {error}", pytrace=False) from None


def skip_live(what: str) -> None:
    """Skip a test that needs the fake, in a run against the real service."""
    pytest.skip(f"--octamem-live: {what} needs the fake, and this run uses the real service")


@contextmanager
def extras(fixture: str, extra: str = "testing") -> Generator[None, None, None]:
    """Import in this block what a fixture needs; if it is not installed, the test fails and says how to install it."""
    from octamem_testing.installed import NotInstalledError, needed

    try:
        with needed(fixture, extra):
            yield
    except NotInstalledError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
