"""Errors of the program in words: the message, where it was raised, and where a stopped round was."""

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

_FOREIGN = (
    str(Path(__file__).parents[2]),
    *(str(Path(package.__file__ or "").parent) for package in (octamem, core)),
    *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")),
)
"""Folders whose lines do not belong to the program."""


def message_of(error: BaseException) -> str:
    """Return the message of an error, or say that it cannot be read."""
    try:
        return str(error)
    except Exception as another:  # noqa: BLE001 - the program's own code may fail in any way
        return f"(its message cannot be read: {type(another).__name__})"


def describe_error(error: BaseException) -> str:
    """Return one line with the type, the message and the line of the program that raised it, if that is known."""
    at = _raised_at(error)
    message = message_of(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {message[:200]}{f' ({at})' if at else ''}"


def where_stopped(
    error: Optional[BaseException], task: Optional[asyncio.Task[Any]], unretrieved: Iterable[Optional[BaseException]]
) -> str:
    """Return where in the program a round was stopped, and the first error in it that nobody has retrieved.

    `error` is what the round was stopped with, `task` the scenario's, `unretrieved` the errors of threads and tasks. ""
    if nothing is known.
    """
    at = (_raised_at(error) if error is not None else "") or (_awaited_at(task) if task is not None else "")
    failed = next((describe_error(each) for each in unretrieved if each is not None), "")
    return f"{f' ({at})' if at else ''}{f', after a thread or task of it had ended with {failed}' if failed else ''}"


def _raised_at(error: BaseException) -> str:
    own = [frame for frame in extract_tb(error.__traceback__) if _is_program(frame.filename)]
    return _line_of(own[-1]) if own else ""


def _awaited_at(task: asyncio.Task[Any]) -> str:
    """Follow what a task awaits, down to the last line of the program."""
    found = ""
    waiting: Any = task.get_coro()
    while waiting is not None:
        frame: Optional[FrameType] = getattr(waiting, "cr_frame", None)
        if frame is not None and _is_program(frame.f_code.co_filename):
            found = f"at {Path(frame.f_code.co_filename).name}:{frame.f_lineno} in {frame.f_code.co_name}"
        waiting = getattr(waiting, "cr_await", None)
    return found


def _line_of(frame: FrameSummary) -> str:
    return f"at {Path(frame.filename).name}:{frame.lineno} in {frame.name}"


def _is_program(file: str) -> bool:
    return not file.startswith(_FOREIGN)
