"""The options about connections: how many, how long each may wait, and which parser and event loop serve."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Tuple

import click

from fake_server.core.wording import expected, shown
from fake_server.serving.limits import Limits
from fake_server.serving.loops import HTTP, LOOPS, Options

from .options import Choice, option

__all__ = ["serving_of", "serving_options"]

Command = Callable[..., Any]

_LIMITS: List[Tuple[str, str, str]] = [
    ("max-connections", "connections", "Connections open at once; at most as many as there are descriptors for."),
    ("max-header-bytes", "header_bytes", "Bytes of a request line with its headers."),
    ("max-headers", "header_count", "Headers of a request."),
    ("idle-timeout", "idle", "Seconds that a connection may be without a request."),
    ("header-timeout", "head", "Seconds that the headers of a request may take to arrive."),
    ("body-timeout", "body", "Seconds that 64 KiB of a body, or the rest of it, may take to arrive."),
    ("write-timeout", "write", "Seconds that a client may read nothing of an answer."),
]


class _Number(click.ParamType):  # type: ignore[type-arg]  # generic only from click 8.5 on
    """A number above 0, whole if the default is."""

    name = "number"

    def __init__(self, default: float) -> None:
        self._whole = isinstance(default, int)

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        try:
            number = int(value) if self._whole else float(value)
        except (TypeError, ValueError):
            number = 0
        if isinstance(value, bool) or not 0 < number <= 1_000_000_000:
            wanted = "a whole number above 0" if self._whole else "a number of seconds above 0"
            self.fail(expected("", wanted, shown(value)).removeprefix(": "), param, ctx)
        return number


def serving_options(command: Command) -> Command:
    """Add the options; `serving_of` reads them."""
    defaults = Limits()
    for name, field, text in reversed(_LIMITS):
        default = getattr(defaults, field)
        command = option(
            f"--{name}",
            default=default,
            type=_Number(default),
            any_type=True,
            metavar="N",
            help=f"{text} [default: {default:g}]",
        )(command)
    command = option("--http", default="auto", show_default=True, type=Choice(HTTP), help="What reads HTTP.")(command)
    return option("--loop", default="auto", show_default=True, type=Choice(LOOPS), help="The event loop.")(command)


def serving_of(given: Dict[str, Any]) -> Options:
    """Take the values of the options out of those that a command was given."""
    limits = {field: given.pop(name.replace("-", "_")) for name, field, _ in _LIMITS}
    return Options(Limits(**limits), given.pop("http"), given.pop("loop"))
