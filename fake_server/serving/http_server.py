"""A server for one listening socket: it runs until it is stopped, and ends in time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from dataclasses import dataclass, field
from typing import Callable, Optional

from .acceptor import Acceptor
from .connection import Connection
from .limits import Limits
from .loops import new_loop, parser_of
from .state import App, ServerState

__all__ = ["HttpServer", "Options"]

GRACE = 0.7  # seconds that a request under way may take to finish once the server is asked to end
PARTING = 0.1  # seconds that what is cancelled then may take
TICK = 0.1  # seconds between looks at who has waited for too long
_log = logging.getLogger("fake_server.serving")


@dataclass(frozen=True)
class Options:
    """How a server serves: its limits, and which parser and event loop it has."""

    limits: Limits = field(default_factory=Limits)
    http: str = "auto"
    loop: str = "auto"


class HttpServer:
    """Serves an app; `ready` is called once requests are accepted."""

    def __init__(self, app: App, listening: socket.socket, ready: Callable[[], None], options: Options) -> None:
        self._app = app
        self._listening = listening
        self._ready = ready
        self._options = options
        self._make_parser = parser_of(options.http)
        self._loop: Optional[asyncio.AbstractEventLoop] = None
        self._stop: Optional[asyncio.Event] = None
        self._is_stopped = False

    def run(self) -> None:
        """Serve until `stop` is called."""
        loop = new_loop(self._options.loop)
        _log.debug("serving with %s on %s", self._make_parser.__name__, type(loop).__module__)
        try:
            loop.run_until_complete(self._main(loop))
        finally:
            self._loop = None
            loop.run_until_complete(self._clear(loop))
            loop.close()

    async def _clear(self, loop: asyncio.AbstractEventLoop) -> None:
        """End what an app does in the background."""
        tasks = asyncio.all_tasks(loop) - {asyncio.current_task(loop)}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await loop.shutdown_asyncgens()

    def stop(self) -> None:
        """End the server; from any thread, and from a signal handler."""
        self._is_stopped = True
        loop, stop = self._loop, self._stop
        if loop is not None and stop is not None:
            with contextlib.suppress(RuntimeError):  # it has ended already
                loop.call_soon_threadsafe(stop.set)

    async def _main(self, loop: asyncio.AbstractEventLoop) -> None:
        state = ServerState(self._app, self._options.limits, loop)
        acceptor = Acceptor(state, self._listening, self._make_parser)
        self._stop = asyncio.Event()
        self._loop = loop

        def tick() -> None:
            state.tick()
            acceptor.tick()
            if not state.ending:
                loop.call_later(TICK, tick)

        tick()
        acceptor.open()
        self._ready()
        if not self._is_stopped:
            await self._stop.wait()
        acceptor.close()
        await self._end(state)

    async def _end(self, state: ServerState) -> None:
        """End all connections: those without a request now, the others within GRACE."""
        state.ending = True
        for connection in list(state.connections):
            if isinstance(connection, Connection):
                connection.finish()
        if await self._all_over(state, GRACE):
            return
        for connection in list(state.connections):
            if isinstance(connection, Connection):
                connection.abort()
        for task in list(state.tasks):
            task.cancel()
        await self._all_over(state, PARTING)

    async def _all_over(self, state: ServerState, seconds: float) -> bool:
        """Wait until nothing is under way, but not longer than some seconds; return whether that is so."""
        loop = state.loop
        until = state.now() + seconds
        while state.connections or state.tasks:
            if state.now() >= until:
                return False
            # Without `asyncio.sleep`, which a test may replace.
            pause = loop.create_future()
            loop.call_later(0.01, pause.set_result, None)
            await pause
        return True
