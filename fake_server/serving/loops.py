"""Which event loop and which parser serve: uvloop and httptools where they are installed."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Callable, Dict

from .clocks import monotonic
from .limits import Limits
from .parsing import MakeParser

__all__ = ["HTTP", "LOOPS", "Options", "new_loop", "parser_of"]

LOOPS = ("auto", "uvloop", "asyncio")
HTTP = ("auto", "httptools", "h11")
PAUSE = 0.5  # seconds; asyncio's timers take one


@dataclass(frozen=True)
class Options:
    """How a server serves: its limits, and which parser and event loop it has."""

    limits: Limits = field(default_factory=Limits)
    http: str = "auto"
    loop: str = "auto"


def _accept_steadily(loop: asyncio.AbstractEventLoop) -> None:
    """Let asyncio accept again once a second if no descriptor was left, however loaded the machine is.

    It starts a timer for each of its tries in a row, and each timer leads to as many tries again. As long as all timers
    are due in one turn of the loop that is one row of tries a second; in several turns, their number would multiply.
    """
    begin: Callable[..., None] = loop._start_serving  # type: ignore[attr-defined]  # noqa: SLF001 - in all versions
    begun: Dict[int, float] = {}

    def begin_once(protocol_factory: object, sock: socket.socket, *options: object) -> None:
        now = loop.time()
        if now - begun.get(sock.fileno(), -PAUSE) >= PAUSE:
            begun[sock.fileno()] = now
            begin(protocol_factory, sock, *options)

    loop._start_serving = begin_once  # type: ignore[attr-defined]  # noqa: SLF001


def new_loop(name: str = "auto") -> asyncio.AbstractEventLoop:
    """Return a new event loop, whose clock goes on if a test freezes the functions of `time`."""
    if name == "uvloop" or (name == "auto" and find_spec("uvloop") is not None):
        import uvloop

        fast: asyncio.AbstractEventLoop = uvloop.new_event_loop()
        return fast
    # On Windows too, where the default one cannot watch a socket that was opened by hand.
    loop = asyncio.SelectorEventLoop()
    _accept_steadily(loop)
    loop.time = monotonic  # type: ignore[method-assign]  # a test may freeze time
    return loop


def parser_of(name: str = "auto") -> MakeParser:
    """Return what makes the parser of a connection."""
    if name == "httptools" or (name == "auto" and find_spec("httptools") is not None):
        from .httptools_parser import HttptoolsParser

        return HttptoolsParser
    from .h11_parser import H11Parser

    return H11Parser
