"""Virtual time of a test: it begins before the test's own fixtures, and is refused if its loop cannot have it."""

from __future__ import annotations

import sys
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, ContextManager, Generator, List, NoReturn, Optional

import pytest

from .plan import FIXTURES, plan_for

if TYPE_CHECKING:
    from octamem_testing.virtual_time.program_time import ProgramTime

__all__ = [
    "ASKED",
    "LATE",
    "asks_by_name",
    "begin_early",
    "in_virtual_time",
    "refuse_virtual_time",
    "suspended",
    "virtual_time_of",
]

NAME = "octamem_virtual_time"
"""The fixture that asks for it by name."""
ASKED: pytest.StashKey[bool] = pytest.StashKey()
"""Whether a test has asked for that fixture while it ran."""
LATE = (
    f"{NAME}: expected to begin before the fake of the test, got a test whose fake is in use already; "
    f"make {NAME} an argument of the test, or write virtual_time=True in its marker"
)
CHAOS_TOO = (
    "virtual_time: expected a test without octamem_chaos, got one with both; "
    "take virtual_time away, because every round of octamem_chaos is in virtual time already"
)

_CONTEXT = "_octamem_context"
CHAOS = "octamem_chaos"
_MODULE = "octamem_testing.virtual_time.program_time"


def in_virtual_time(item: pytest.Item) -> bool:
    """Whether a test asks for virtual time, by its marker or by the name of the fixture."""
    names = getattr(item, "fixturenames", ())
    if NAME in names:
        return True
    marked = any("virtual_time" in mark.kwargs for mark in item.iter_markers("octamem"))
    return marked and plan_for(item).virtual_time and bool({*FIXTURES, _CONTEXT} & {*names} - {CHAOS})


def begin_early(item: Any) -> None:
    """Set the context up before any other fixture of the function, such as one that runs in the test's event loop."""
    names: List[str] = item.fixturenames
    if _CONTEXT in names:
        names.remove(_CONTEXT)
    definitions = item._fixtureinfo.name2fixturedefs  # noqa: SLF001 - the scopes of fixtures stand nowhere else
    for at, name in enumerate(names):
        known = definitions.get(name)
        if known and known[-1].scope == "function":
            names.insert(at, _CONTEXT)
            return
    names.append(_CONTEXT)


def refuse_virtual_time(reason: str) -> NoReturn:
    """Fail a test that cannot be in virtual time."""
    raise pytest.fail.Exception(reason, pytrace=False) from None


def asks_by_name(request: pytest.FixtureRequest) -> bool:
    """Whether a test asks for virtual time with the fixture, rather than with the marker."""
    return NAME in request.fixturenames or request.node.stash.get(ASKED, False)


@contextmanager
def virtual_time_of(request: pytest.FixtureRequest, program_time: ProgramTime) -> Generator[None, None, None]:
    """Put the program of a test on virtual time until the block ends; a test whose loop cannot have it fails."""
    from octamem_testing.virtual_time.bounds import LoopRefusedError, loop_refused
    from octamem_testing.virtual_time.loops import refuse_running_loop

    if CHAOS in request.fixturenames:
        refuse_virtual_time(CHAOS_TOO)
    backend = request.getfixturevalue("anyio_backend") if "anyio_backend" in request.fixturenames else None
    try:
        refuse_running_loop()
        library = _library(request.node, backend)
        if library is not None:
            raise loop_refused(library)
    except LoopRefusedError as error:
        refuse_virtual_time(str(error))
    with program_time.running():
        yield


def suspended(scope: str) -> ContextManager[None]:
    """Return a block for the set-up of a fixture: in real time if the fixture outlives its test."""
    if scope == "function" or _MODULE not in sys.modules:
        return nullcontext()
    from octamem_testing.virtual_time.primitives import in_real_time

    return in_real_time()


def _library(item: Any, backend: object) -> Optional[str]:
    """Return the library of the first loop that cannot be in virtual time."""
    name, options = backend if isinstance(backend, tuple) and len(backend) == 2 else (backend, {})
    if name == "trio" or item.get_closest_marker("trio") is not None:
        return "trio"
    if isinstance(options, dict) and options.get("use_uvloop"):
        return "uvloop"
    for value in getattr(item, "funcargs", {}).values():
        loop = value.get_loop() if type(value).__name__ == "Runner" and hasattr(value, "get_loop") else value
        if _is_foreign_loop(loop):
            return type(loop).__module__
    return None


def _is_foreign_loop(value: object) -> bool:
    if "asyncio" not in sys.modules:
        return False
    import asyncio

    kinds = {kind.__name__ for kind in type(value).__mro__}
    return "AbstractEventLoop" in kinds and not isinstance(value, asyncio.SelectorEventLoop)
