"""Errors of the program in words: the message, where it was raised, and where a stopped round was."""

from __future__ import annotations

import asyncio
from traceback import extract_tb
from typing import Any, Iterable, Optional

from octamem_testing.virtual_time.places import is_program, line_of, place_of_task

__all__ = ["describe_error", "message_of", "place_of", "remember_place", "where_stopped"]

_PLACE = "_octamem_chaos_place"
"""The attribute of an error that keeps where it was raised, if its traceback could not be kept."""


def message_of(error: BaseException) -> str:
    """Return the message of an error, or say that it cannot be read."""
    try:
        return str(error)
    except Exception as another:  # noqa: BLE001 - the program's own code may fail in any way
        return f"(its message cannot be read: {type(another).__name__})"


def describe_error(error: BaseException) -> str:
    """Return one line with the type, the message and the line of the program that raised it, if that is known."""
    at = place_of(error)
    message = message_of(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {message[:200]}{f' ({at})' if at else ''}"


def where_stopped(
    error: Optional[BaseException], task: Optional[asyncio.Task[Any]], unretrieved: Iterable[Optional[BaseException]]
) -> str:
    """Return where in the program a round was stopped, and the first error in it that nobody has retrieved.

    `error` is what the round was stopped with, `task` the scenario's, `unretrieved` the errors of threads and tasks. ""
    if nothing is known.
    """
    at = (place_of(error) if error is not None else "") or (place_of_task(task) if task is not None else "")
    failed = next((describe_error(each) for each in unretrieved if each is not None), "")
    return f"{f' ({at})' if at else ''}{f', after a thread or task of it had ended with {failed}' if failed else ''}"


def place_of(error: BaseException) -> str:
    """Return the line of the program that raised an error, "" if that is not known."""
    if _PLACE in vars(error):
        return str(vars(error)[_PLACE])
    own = [frame for frame in extract_tb(error.__traceback__) if is_program(frame.filename)]
    return line_of(own[-1].filename, own[-1].lineno, own[-1].name) if own else ""


def remember_place(error: BaseException, place: str) -> None:
    """Keep where an error was raised whose traceback is lost."""
    vars(error)[_PLACE] = place
