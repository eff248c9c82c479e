"""Which event loop and which parser serve: uvloop and httptools where they are installed."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass, field
from importlib.util import find_spec

from .clocks import monotonic
from .limits import Limits
from .parsing import MakeParser

__all__ = ["HTTP", "LOOPS", "Options", "new_loop", "parser_of"]

LOOPS = ("auto", "uvloop", "asyncio")
HTTP = ("auto", "httptools", "h11")


@dataclass(frozen=True)
class Options:
    """How a server serves: its limits, and which parser and event loop it has."""

    limits: Limits = field(default_factory=Limits)
    http: str = "auto"
    loop: str = "auto"


def new_loop(name: str = "auto") -> asyncio.AbstractEventLoop:
    """Return a new event loop, whose clock goes on if a test freezes the functions of `time`."""
    if name == "uvloop" or (name == "auto" and find_spec("uvloop") is not None):
        import uvloop

        fast: asyncio.AbstractEventLoop = uvloop.new_event_loop()
        return fast
    # On Windows, the default one cannot watch a socket that was opened by hand.
    loop = asyncio.SelectorEventLoop() if sys.platform == "win32" else asyncio.new_event_loop()
    loop.time = monotonic  # type: ignore[method-assign]  # a test may freeze time
    return loop


def parser_of(name: str = "auto") -> MakeParser:
    """Return what makes the parser of a connection."""
    if name == "httptools" or (name == "auto" and find_spec("httptools") is not None):
        from .httptools_parser import HttptoolsParser

        return HttptoolsParser
    from .h11_parser import H11Parser

    return H11Parser
