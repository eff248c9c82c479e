"""What an error says and where in the program it came from, in words; and where a round was that had to be stopped."""

from __future__ import annotations

import asyncio
import sysconfig
from pathlib import Path
from traceback import FrameSummary, extract_tb
from types import FrameType
from typing import Any, Iterable, Optional

import octamem
from fake_server import core

__all__ = ["describe_error", "message_of", "where_stopped"]

_NOT_THEIRS = (
    str(Path(__file__).parents[2]),
    *(str(Path(package.__file__ or "").parent) for package in (octamem, core)),
    *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")),
)
"""Folders whose lines are none of the program's own."""


def message_of(error: BaseException) -> str:
    """Give the text of an error, or say that it has none to give."""
    try:
        return str(error)
    except Exception as another:  # noqa: BLE001 - a text of the program's own may fail in any way
        return f"(its text cannot be had: {type(another).__name__})"


def describe_error(error: BaseException) -> str:
    """Say in one line what an error is, and where the program raised it, as far as its own lines are known."""
    at = _raised_at(error)
    said = message_of(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {said[:200]}{f' ({at})' if at else ''}"


def where_stopped(error: Optional[BaseException], task: Optional[asyncio.Task[Any]], unheard: Iterable[object]) -> str:
    """Say where in the program a round was as it was stopped, and what had failed in it that nobody has heard of.

    `error` is what it was stopped with, `task` the scenario's, `unheard` what threads and tasks ended with. "" where
    nothing is known.
    """
    at = (_raised_at(error) if error is not None else "") or (_awaited_at(task) if task is not None else "")
    failed = next((describe_error(each) for each in unheard if isinstance(each, BaseException)), "")
    return f"{f' ({at})' if at else ''}{f', after a thread or task of it had ended with {failed}' if failed else ''}"


def _raised_at(error: BaseException) -> str:
    theirs = [frame for frame in extract_tb(error.__traceback__) if _is_theirs(frame.filename)]
    return _placed(theirs[-1]) if theirs else ""


def _awaited_at(task: asyncio.Task[Any]) -> str:
    """Follow what a task awaits, down to the last line that is the program's."""
    found = ""
    waiting: Any = task.get_coro()
    while waiting is not None:
        frame: Optional[FrameType] = getattr(waiting, "cr_frame", None)
        if frame is not None and _is_theirs(frame.f_code.co_filename):
            found = f"at {Path(frame.f_code.co_filename).name}:{frame.f_lineno} in {frame.f_code.co_name}"
        waiting = getattr(waiting, "cr_await", None)
    return found


def _placed(frame: FrameSummary) -> str:
    return f"at {Path(frame.filename).name}:{frame.lineno} in {frame.name}"


def _is_theirs(file: str) -> bool:
    return not file.startswith(_NOT_THEIRS)
