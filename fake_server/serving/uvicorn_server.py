"""uvicorn with connections of our own: it starts, runs and ends in time, also inside a test that replaces time."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import signal
import socket
from contextlib import contextmanager
from types import FrameType
from typing import Any, Callable, Dict, Generator, List, Optional

import uvicorn

from .admission import AT_ONCE
from .connection import Connection
from .loops import Options, new_loop, parser_of
from .state import App, ServerState

__all__ = ["BACKLOG", "GRACE", "UvicornServer"]

BACKLOG = 2048  # connections that wait in the system until the event loop takes them up
GRACE = 0.7  # seconds that a request under way may take to finish once the server is asked to end
PARTING = 0.1  # seconds that what is cancelled then may take
TICK = 0.1  # seconds between looks at who has waited for too long
LACKS = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_log = logging.getLogger("fake_server.serving")


class UvicornServer(uvicorn.Server):
    """Serves an app; `ready` is called once requests are accepted."""

    server_state: ServerState  # type: ignore[assignment]  # uvicorn only passes it on to our connections

    def __init__(self, app: App, ready: Callable[[], None], options: Options, *, signals: bool) -> None:
        config = uvicorn.Config(
            app,
            http=Connection,
            ws="none",
            lifespan="off",
            interface="asgi3",
            loop="none",
            log_config=None,
            proxy_headers=False,
            workers=1,
            backlog=AT_ONCE,
        )
        super().__init__(config)
        self._app = app
        self._ready = ready
        self._options = options
        self._signals = signals
        self._loop: Optional[asyncio.AbstractEventLoop] = None
        self._stop: Optional[asyncio.Event] = None
        self._is_stopped = False

    def run(self, sockets: Optional[List[socket.socket]] = None) -> None:
        """Serve until `stop` is called.

        The event loop is ours: uvicorn's set-up of one may change the policy of the whole process, whose tests are not
        ours, and its clock would stand still with theirs.
        """
        loop = new_loop(self._options.loop)
        loop.set_exception_handler(self._on_error)
        make_parser = parser_of(self._options.http)
        # Not the app of the config: at the level TRACE of the log, uvicorn would write down each header of it.
        self.server_state = ServerState(self._app, self._options.limits, loop, make_parser)
        _log.debug("serving with %s on %s", make_parser.__name__, type(loop).__module__)
        try:
            loop.run_until_complete(self.serve(sockets=sockets))
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

    async def startup(self, sockets: Optional[List[socket.socket]] = None) -> None:
        """Accept connections, and say so."""
        self._stop = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._tick()
        await super().startup(sockets=sockets)
        for each in sockets or ():
            each.listen(BACKLOG)  # the config's number is how many an event loop takes up at once, too
        self._ready()

    def _tick(self) -> None:
        state = self.server_state
        if not state.ending:  # first: an error about one connection must not end the timeouts of all
            state.loop.call_later(TICK, self._tick)
        state.tick()

    async def main_loop(self) -> None:
        """Run until the server is asked to end, which is at once; uvicorn's own loop looks ten times a second."""
        if self._stop is not None and not self._is_stopped:
            await self._stop.wait()
        self.should_exit = True

    async def shutdown(self, sockets: Optional[List[socket.socket]] = None) -> None:
        """End all connections: those without a request now, the others within GRACE.

        uvicorn's own method waits for what hangs. Moreover it waits with `asyncio.sleep`: if a test has replaced that,
        it fails, or never lets the event loop go on.
        """
        for server in self.servers:
            server.close()
        for each in sockets or ():
            each.close()
        state = self.server_state
        state.end()
        state.refused.sweep(float("inf"))
        for connection in list(state.connections):
            if isinstance(connection, Connection):
                connection.shutdown()
        if not await self._all_over(GRACE):
            for connection in list(state.connections):
                if isinstance(connection, Connection):
                    connection.abort()
            for task in list(state.tasks):
                task.cancel()
            await self._all_over(PARTING)

    async def _all_over(self, seconds: float) -> bool:
        """Wait until nothing is under way, but not longer than some seconds; return whether that is so."""
        state = self.server_state
        until = state.now() + seconds
        await self._pause(0)  # in which what was ended just now is let go of
        while state.connections or state.tasks:
            if state.now() >= until:
                return False
            await self._pause(0.01)
        return True

    async def _pause(self, seconds: float) -> None:
        """Wait without `asyncio.sleep`, which a test may replace."""
        loop = self.server_state.loop
        over = loop.create_future()
        loop.call_later(seconds, over.set_result, None)
        await over

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """End on SIGINT and SIGTERM as a success: uvicorn would raise them again afterwards."""
        former: Dict[signal.Signals, Any] = {}
        if self._signals:
            for number in (signal.SIGINT, signal.SIGTERM):
                former[number] = signal.signal(number, self.handle_exit)
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: Optional[FrameType]) -> None:  # noqa: ARG002 - uvicorn's signature
        """End the server on a signal."""
        self.stop()

    def _on_error(self, loop: asyncio.AbstractEventLoop, context: Dict[str, Any]) -> None:
        """Take what the event loop reports: if no descriptor is left, it does so many times a second."""
        error = context.get("exception")
        if isinstance(error, OSError) and error.errno in LACKS:
            self.server_state.admission.lack(error, self.server_state.now())
        else:
            loop.default_exception_handler(context)
