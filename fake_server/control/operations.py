"""An operation of the control API: what one method of one path does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Awaitable, Callable, Mapping, Union

from .answers import Answer
from .asked import Asked

__all__ = ["Action", "Operation", "Result", "Table"]

Result = Union[Mapping[str, Any], Answer]
Action = Callable[[Asked], Union[Result, Awaitable[Result]]]
"""A function that runs in a thread, or a coroutine function that runs in the event loop and holds nothing up."""


@dataclass(frozen=True)
class Operation:
    """One method of one path.

    With `reads_body`, the action reads the body itself, by `chunks`, since it may be of any size. With `live`, the
    answer of a GET does not end by itself, so that no link of another page may open it.
    """

    action: Action
    reads_body: bool = False
    live: bool = False


Table = Mapping[str, Mapping[str, Operation]]
"""Operations by path, with parameters as in `/calls/{id}`, and by method."""
