"""Both parsers of the server, each on the event loop that comes with it, for tests that are about sockets."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from typing import Any, AsyncGenerator, Tuple

import pytest

from fake_server.serving.connection import Connection
from fake_server.serving.limits import Limits
from fake_server.serving.loops import parser_of
from fake_server.serving.state import ServerState

__all__ = ["LOOPS", "connected", "connected_to", "http", "with_both_parsers"]

PATIENCE = 30.0  # seconds for what is to come; a loaded machine may take some

LOOPS = {"httptools": "uvloop", "h11": "asyncio"}
"""The event loop that comes with each parser."""

with_both_parsers = pytest.mark.parametrize("http", LOOPS)
"""Run a test with both parsers; the shared server has the one that the test is at."""


@pytest.fixture(params=LOOPS)
def http(request: pytest.FixtureRequest) -> str:
    """Run each test of a module that imports this with both parsers."""
    return str(request.param)


@asynccontextmanager
async def connected(http: str, app: Any) -> AsyncGenerator[Tuple[Connection, socket.socket], None]:
    """Give a connection of a server that has no other, and the client's end."""
    state = ServerState(app, Limits(), asyncio.get_running_loop(), parser_of(http))
    async with connected_to(state) as both:
        yield both


@asynccontextmanager
async def connected_to(state: ServerState) -> AsyncGenerator[Tuple[Connection, socket.socket], None]:
    """Give one more connection of a server, and the client's end."""
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.settimeout(PATIENCE)
        transport, connection = await state.loop.connect_accepted_socket(lambda: Connection(None, state), ours)
        yield connection, theirs
        transport.abort()
        await asyncio.sleep(0)
