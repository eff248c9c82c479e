"""A catalogue of provocations: plain tables of what a user does wrong, each run in one of four ways."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, List, Mapping, Tuple, Union

TABLES = (
    "errors_sdk",
    "errors_fake",
    "errors_http",
    "errors_cluster",
    "errors_load",
    "errors_command",
    "errors_remote",
    "errors_persist",
    "errors_kit",
    "errors_chaos",
    "errors_storm",
)


@dataclass(frozen=True)
class Code:
    """Python that raises, or whose last line gives the message; `env` holds environment variables."""

    id: str
    code: str
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Http:
    """A request that a served fake refuses; `before` lists requests of the control API that prepare the fake."""

    id: str
    request: str
    body: Union[str, bytes] = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    before: Tuple[Tuple[str, Any], ...] = ()
    raw: bytes = b""


@dataclass(frozen=True)
class Command:
    """A command line of `octamem-fake` or pytest that is refused; `files` stand in the folder that it runs in."""

    id: str
    line: str
    files: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Test:
    """A test of a user's own that the kit fails, as the source of a function."""

    __test__ = False

    id: str
    source: str


Case = Union[Code, Http, Command, Test]


@dataclass(frozen=True)
class Group:
    """Cases of one subject, under the package that a user knows."""

    package: str
    title: str
    cases: Tuple[Case, ...]


def groups() -> List[Group]:
    """Return every group of every table, in the order of the page."""
    return [group for table in TABLES for group in import_module(table).GROUPS]
