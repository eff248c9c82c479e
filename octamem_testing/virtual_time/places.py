"""Places: which code is the program's, and at which line of it a thread, a task or an error is."""

from __future__ import annotations

import asyncio
import sys
import sysconfig
import threading
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Iterable, List, Optional

import fake_server
import octamem
from octamem_testing.static import is_kind, name_of

__all__ = [
    "RUNNERS",
    "caller_package",
    "calls_from_program",
    "foreign_code",
    "is_of_pool",
    "is_program",
    "is_runner",
    "line_of",
    "past_wiring",
    "place_in_program",
    "place_of_task",
    "program_threads",
    "who_waits",
    "works_for_program",
]

_KIT = __name__.partition(".")[0]
_WRAPPERS = (f"{_KIT}.patches", f"{_KIT}.wiring.libraries")
_FOREIGN = (
    str(Path(__file__).parents[1]),
    *(str(Path(package.__file__ or "").parent) for package in (octamem, fake_server)),
    *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")),
)
"""Folders whose lines do not belong to the program."""


RUNNERS = frozenset(
    {
        *("_pytest", "pytest", "pluggy", "xdist", "execnet", "hypothesis", "coverage", "allure_commons", "teamcity"),
        *("debugpy", "pydevd", "_pydevd_bundle"),
    }
)
"""Packages that run tests, beside those named `pytest_...`: they keep the machine's time."""


def is_runner(package: str) -> bool:
    """Return whether a package runs tests."""
    return package in RUNNERS or package.startswith("pytest_")


def caller_package(depth: int) -> str:
    """Return the name of the package whose code calls, so many frames above."""
    return name_of(sys._getframe(depth).f_globals).partition(".")[0]  # noqa: SLF001 - nobody says who asks


def calls_from_program(depth: int) -> bool:
    """Return whether the code that calls, so many frames above, belongs to the program."""
    return is_program(sys._getframe(depth).f_code.co_filename)  # noqa: SLF001 - nobody says who asks


def is_of_pool(thread: threading.Thread) -> bool:
    """Return whether a thread works for a pool, which outlives a job that fails."""
    return _module(thread) == "concurrent.futures.thread"


def _module(thread: threading.Thread) -> str:
    target = getattr(thread, "_target", None)
    return str(getattr(target, "__module__", None) or type(thread).__module__)


def works_for_program(thread: threading.Thread) -> bool:
    """Return whether a thread may work for the program, as one does that the program keeps from an earlier test."""
    if thread is threading.main_thread() or is_kind(thread, threading._DummyThread):  # noqa: SLF001 - made by no program
        return False
    target = getattr(thread, "_target", None)
    packages = {_module(thread).partition(".")[0], type(getattr(target, "__self__", None)).__module__.partition(".")[0]}
    return "fake_server" not in packages and not any(map(is_runner, packages))


def is_program(file: str) -> bool:
    """Return whether a file belongs to the program, and not to Python, to an installed package or to the kit."""
    return not file.startswith((*_FOREIGN, "<"))


def foreign_code(code: Optional[CodeType]) -> Optional[CodeType]:
    """Return the code of a function that does not belong to the program, None for the program's own."""
    return None if code is None or is_program(code.co_filename) else code


def line_of(file: str, line: Optional[int], function: str) -> str:
    """Return a place in words."""
    return f"at {Path(file).name}:{line} in {function}"


def place_in_program(frame: Optional[FrameType]) -> str:
    """Return the line of the program that calls from a frame, "" if the kit calls."""
    while frame is not None and name_of(frame.f_globals).partition(".")[0] != _KIT:
        if is_program(frame.f_code.co_filename):
            return line_of(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)
        frame = frame.f_back
    return ""


def past_wiring(frame: Optional[FrameType]) -> Optional[FrameType]:
    """Return the frame that called a function which the kit has wrapped, from one that the wrapper calls."""
    while frame is not None and name_of(frame.f_globals).startswith(_WRAPPERS):
        frame = frame.f_back
    return frame


def place_of_task(task: asyncio.Task[Any]) -> str:
    """Follow what a task awaits, down to the last line of the program; "" if there is none."""
    found = ""
    waiting: Any = task.get_coro()
    while waiting is not None:
        frame: Optional[FrameType] = getattr(waiting, "cr_frame", None)
        if frame is not None and is_program(frame.f_code.co_filename):
            found = line_of(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)
        waiting = getattr(waiting, "cr_await", None)
    return found


def who_waits(threads: Iterable[threading.Thread], loops: Iterable[asyncio.AbstractEventLoop]) -> List[str]:
    """List the threads and the tasks of running loops, each with its place in the program."""
    frames = sys._current_frames()  # noqa: SLF001 - there is no other way to look at a thread
    found: List[str] = []
    for thread in threads:
        place = _place_of_frame(frames.get(thread.ident or 0))
        found.append(f"{thread.name}{f' {place}' if place else ''}")
    for loop in loops:
        if loop.is_running():
            tasks = sorted(asyncio.all_tasks(loop), key=lambda task: (len(task.get_name()), task.get_name()))
            found += [" ".join(filter(None, (task.get_name(), place_of_task(task)))) for task in tasks]
    return found


def program_threads() -> List[str]:
    """List the other threads of the process that run code of the program, each with its place in it."""
    others = [each for each in threading.enumerate() if each is not threading.current_thread()]
    frames = sys._current_frames()  # noqa: SLF001 - as above
    places = {each.name: _place_of_frame(frames.get(each.ident or 0)) for each in others if works_for_program(each)}
    return [f"{name!r:.80} ({place})" for name, place in places.items() if place]


def _place_of_frame(frame: Optional[FrameType]) -> str:
    while frame is not None:
        if is_program(frame.f_code.co_filename):
            return line_of(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)
        frame = frame.f_back
    return ""
