"""A connection: bytes to requests, one after another, and how long it may wait for each."""

from __future__ import annotations

import asyncio
import logging
import re
from collections import deque
from typing import Any, Deque, Dict, Optional, Tuple
from urllib.parse import unquote

from .cycle import Cycle, written
from .extensions import CONNECTION, TARGET
from .parsing import BadRequestError, Head, Sink
from .state import ServerState
from .wire import Wire

__all__ = ["Connection"]

PIPELINED = 32  # requests that may wait for the answer to one before them, until no more are read
_ABSOLUTE = re.compile(rb"https?://([^/?]*)", re.IGNORECASE)
_ASGI = {"version": "3.0", "spec_version": "2.3"}

_log = logging.getLogger("fake_server.serving")


class Connection(Wire, Sink, asyncio.Protocol):
    """The protocol that uvicorn gives a connection; it is built as uvicorn's own are."""

    def __init__(
        self,
        config: Any,  # noqa: ARG002 - part of what uvicorn gives, as are the next ones
        server_state: ServerState,
        app_state: Any = None,  # noqa: ARG002
        _loop: Optional[asyncio.AbstractEventLoop] = None,
    ) -> None:
        super().__init__(server_state)
        self._parser = server_state.make_parser(self, server_state.limits)
        self._cycles: Deque[Cycle] = deque()  # those to be answered, the first of which an app has
        self._latest: Optional[Cycle] = None
        self._refusal: Optional[BadRequestError] = None
        self._client: Any = None
        self._server: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for a request, if there is room for one more connection."""
        self.transport = transport  # type: ignore[assignment]  # of a socket it is one that reads and writes
        state = self.state
        if state.ending:
            self.abort()
        elif not state.admission.has_room():
            message = state.admission.turn_away(self, state.now())
            self.turn_away(written(503, "CAPACITY", message, state.date))
        else:
            self.nodelay()
            self._client = transport.get_extra_info("peername")
            self._server = transport.get_extra_info("sockname")
            state.connections.add(self)
            state.idle.begin(self, state.now())

    def connection_lost(self, exc: Optional[Exception]) -> None:  # noqa: ARG002 - asyncio's signature
        """Tell the requests under way, and wait for nothing more."""
        self.forget()
        for cycle in self._cycles:
            cycle.lose()
        self._cycles.clear()
        self._latest = None

    def data_received(self, data: bytes) -> None:
        """Read requests, except of a connection that is about to end: what follows a refused one is none."""
        if self.parting or self._refusal is not None:
            return
        try:
            self._parser.feed(data)
        except BadRequestError as error:
            self._fail(error)
            return
        if not self._is_at_work() and self not in self.state.head:
            self.state.idle.end(self)
            self.state.head.begin(self, self.state.now())

    def _is_at_work(self) -> bool:
        return bool(self._cycles) or (self._latest is not None and self._latest.more)

    # What the parser gives

    def on_head(self, head: Head) -> None:
        """Begin with a request, unless another one is still to be answered."""
        if not self.state.idle.end(self):
            self.state.head.end(self)
        scope = self._scope(head)
        keep_alive, expects = head.keep_alive, head.expects
        cycle = Cycle(self, scope, keep_alive=keep_alive, expects=expects, answered=self._on_answered)
        scope["extensions"][CONNECTION] = cycle
        self._latest = cycle
        self._cycles.append(cycle)
        if len(self._cycles) == 1:
            self._begin(cycle)
        elif len(self._cycles) > PIPELINED:
            self.pause_reading()

    def on_body(self, piece: bytes) -> None:
        """Hand a piece of a body to its request."""
        if self._latest is not None:
            self._latest.take(piece)

    def on_end(self) -> None:
        """Tell the latest request that it is whole."""
        cycle = self._latest
        if cycle is not None:
            cycle.end()
            if cycle.is_answered and not self.parting:
                self._be_idle()

    def _scope(self, head: Head) -> Dict[str, Any]:
        target, extensions = _origin_form(head.target)
        raw_path, _, query = target.partition(b"?")
        path = raw_path.decode("latin-1")
        return {
            "type": "http",
            "asgi": _ASGI,
            "http_version": head.version,
            "server": self._server,
            "client": self._client,
            "scheme": "http",
            "root_path": "",
            "method": head.method,
            "path": unquote(path) if "%" in path else path,
            "raw_path": raw_path,
            "query_string": query,
            "headers": head.headers,
            "extensions": extensions,
        }

    # One request after another

    def _begin(self, cycle: Cycle) -> None:
        state = self.state
        cycle.task = state.loop.create_task(cycle.run(state.app))
        state.tasks.add(cycle.task)  # from which it takes itself: a callback would be one more turn of the event loop

    def _on_answered(self) -> None:
        cycle = self._cycles.popleft()
        if not cycle.keep_alive or self.state.ending:
            self._cycles.clear()  # what else was asked gets no answer
            cycle.close()
            return
        self.resume_reading()
        if self._cycles:
            self._begin(self._cycles[0])
        elif self._refusal is not None:
            self._refuse(self._refusal)
        elif cycle.more:
            self.state.body.begin(self, self.state.now())
        else:
            self._be_idle()

    def _be_idle(self) -> None:
        self.state.body.end(self)
        self.state.idle.begin(self, self.state.now())

    def _fail(self, error: BadRequestError) -> None:
        """Answer with an error, once the requests before it are answered, and end the connection."""
        self._refusal = error
        started = False
        if self._cycles and self._cycles[-1].more:  # the rest of its body cannot be read
            broken = self._cycles.pop()
            started = broken.is_started
            broken.lose()
        if not self._cycles:
            self._refuse(error, started=started)

    def _refuse(self, error: BadRequestError, *, started: bool = False) -> None:
        _log.debug("refused: %s", error)
        if not started:
            self.write(written(error.status, error.code, str(error), self.state.date))
        self.part()

    def late(self, what: str) -> None:
        """End a connection that waited for too long; answer first if a request had begun."""
        if what == "idle":
            self.close()
        elif what in {"head", "body"}:
            self._fail(BadRequestError(408, "REQUEST_TIMEOUT", f"The {what} of the request took too long to arrive"))
        else:
            super().late(what)

    def shutdown(self) -> None:
        """End now if nothing is to be answered, else after the answer; what streams without an end stops."""
        if not self._cycles:
            self.transport.abort() if self.parting else self.close()
        elif self._cycles[0].is_streaming:
            self._cycles[0].lose()


def _origin_form(target: bytes) -> Tuple[bytes, Dict[str, Any]]:
    """Take the authority off a target in absolute form, which proxies send and every server must take (RFC 9112).

    It becomes an extension, because for the guard it counts as the Host header does.
    """
    absolute = None if target.startswith(b"/") else _ABSOLUTE.match(target)
    if absolute is None:
        return target, {}
    rest = target[absolute.end() :]
    return rest if rest.startswith(b"/") else b"/" + rest, {TARGET: absolute[1].decode("latin-1")}
