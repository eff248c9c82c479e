"""An operation of the control API: what one method of one path does, takes and answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Awaitable, Callable, Mapping, Optional, Union

from starlette.convertors import Convertor, register_url_convertor

from .answers import Answer
from .asked import Asked

__all__ = ["Action", "Operation", "Result", "Table", "route_path"]

Schema = Mapping[str, Any]  # as OpenAPI has it

Result = Union[Mapping[str, Any], Answer]
Action = Callable[[Asked], Union[Result, Awaitable[Result]]]
"""A function that runs in a thread, or a coroutine function that runs in the event loop and holds nothing up."""


@dataclass(frozen=True)
class Operation:
    """One method of one path.

    With `reads_body`, the action reads the body itself, by `chunks`, since it may be of any size. With `live`, the
    answer of a GET does not end by itself, so that no link of another page may open it. The rest describes it in the
    OpenAPI document: the fields of its query beside those that name a key, its body, and its answer with its status and
    media type, and whether that has an entity tag. `links` are operations that its answer gives an `id` for, each with
    where. What it does is the docstring of the action.
    """

    action: Action
    reads_body: bool = False
    live: bool = False
    query: Mapping[str, Schema] = field(default_factory=dict)
    body: Optional[Schema] = None
    answer: Schema = field(default_factory=dict)
    status: int = 200
    media_type: str = "application/json"
    is_tagged: bool = False
    links: Mapping[str, str] = field(default_factory=dict)


Table = Mapping[str, Mapping[str, Operation]]
"""Operations by path, with parameters as in `/calls/{id}`, and by method; of two paths that fit, the first is taken."""


class _Text(Convertor[str]):
    regex = r"[\s\S]+"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("text", _Text())


def route_path(path: str) -> str:
    """Return a path of a table as Starlette's: its id may be any text, with slashes and line breaks too."""
    return path.replace("{id}", "{id:text}")
