"""What one test asks for by its marks and its name, and what is kept for it while it runs."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from importlib import import_module
from typing import TYPE_CHECKING, Generator, List, NoReturn

import pytest

from .options import seed_of_run

if TYPE_CHECKING:
    from octamem_testing.chaos.fixture import Chaos
    from octamem_testing.context import Bench
    from octamem_testing.marker import Plan

__all__ = [
    "BENCH",
    "CHAOS",
    "FIXTURES",
    "MET",
    "build_bench",
    "extras",
    "fail_idle",
    "is_idle",
    "load_early",
    "node_id",
    "plan",
    "read",
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
)

BENCH: pytest.StashKey[Bench] = pytest.StashKey()
CHAOS: pytest.StashKey[Chaos] = pytest.StashKey()
MET: pytest.StashKey[bool] = pytest.StashKey()  # a fixture has read the marks of the test


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
        for name in named & _NEEDED.keys():
            import_module(_NEEDED[name])


def node_id(item: pytest.Item) -> str:
    """Give the name of a test as a single process knows it: xdist's workers may add those of its groups."""
    marks = item.iter_markers("xdist_group")
    groups = [str(mark.args[0] if mark.args else mark.kwargs.get("name", "default")) for mark in marks]
    for added in ("_".join(sorted({*groups})), *groups):
        if groups and item.nodeid.endswith(f"@{added}"):
            return item.nodeid[: -len(added) - 1]
    return item.nodeid


def build_bench(item: pytest.Item, what: str) -> Bench:
    """Build the bench of a test by its marks; wrong marks fail it. `what` is who needs it, for the words."""
    with extras(what):
        from octamem_testing.context import build
        from octamem_testing.marker import MarkerError
    from fake_server.core import ScriptError, SeedError, UnknownKeyError

    try:
        return build(node_id(item), plan(item), seed=seed_of_run(item.config))
    except (MarkerError, ScriptError, SeedError, UnknownKeyError) as error:
        refuse(error)


def is_idle(item: pytest.Item) -> bool:
    """Whether a test has marks that no fixture has read; one of the project's own, by a name of ours, may have."""
    if item.get_closest_marker("octamem") is None or item.stash.get(MET, False):
        return False
    return not {*FIXTURES} & {*getattr(item, "fixturenames", ())}


def fail_idle(item: pytest.Item) -> None:
    """Fail a test if what its marks ask for was met by no fixture although it should be."""
    from .unread_marks import idle_told, marks_of_its_own

    told = idle_told(marks_of_its_own(item), plan(item))
    if told:
        pytest.fail(told, pytrace=False)


def read(item: pytest.Item) -> Plan:
    """Return what the marks of a test ask for, and write down that a fixture has read them."""
    item.stash[MET] = True
    return plan(item)


def plan(item: pytest.Item) -> Plan:
    """Return what the marks of a test ask for; a test whose marks are wrong fails."""
    from octamem_testing.marker import MarkerError, plan_of

    marks: List[pytest.Mark] = list(item.iter_markers("octamem"))
    try:
        return plan_of(reversed(marks))
    except MarkerError as error:
        refuse(error)


def refuse(error: Exception) -> NoReturn:
    """Fail a test for what is wrong with its marks."""
    # From None: the chain would show the same words twice.
    raise pytest.fail.Exception(f"@pytest.mark.octamem: {error}", pytrace=False) from None


def skip_live(what: str) -> None:
    """Skip a test that needs the fake, in a run against the real service."""
    pytest.skip(f"--octamem-live: {what} needs the fake, and this run is against the real service")


@contextmanager
def extras(fixture: str, extra: str = "testing") -> Generator[None, None, None]:
    """Import in this block what a fixture needs; where that is not installed, the test says how to install it."""
    from octamem_testing.installed import NotInstalledError, needed

    try:
        with needed(fixture, extra):
            yield
    except NotInstalledError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
