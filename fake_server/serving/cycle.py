"""One request on a connection and its answer: the `receive` and `send` of ASGI."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Callable, Dict, List, Optional, Tuple

from fake_server.core.messages import NO_BODY

from .answer_heads import CLOSE, JOINED, header_lines, status_line, written
from .extensions import Droppable
from .state import Message
from .wire import Wire

__all__ = ["HIGH_WATER", "Cycle"]

HIGH_WATER = 64 << 10  # bytes of a body that wait for the app before no more are read
_DISCONNECT = {"type": "http.disconnect"}
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_LAST_CHUNK = b"0\r\n\r\n"
_log = logging.getLogger("fake_server.serving")


class Cycle(Droppable):
    """A request of which the head has come; `answered` is called once the last byte of the answer is sent."""

    def __init__(
        self, wire: Wire, scope: Dict[str, Any], *, keep_alive: bool, expects: bool, answered: Callable[[], None]
    ) -> None:
        self.scope = scope
        self.task: Optional[asyncio.Task[None]] = None  # in which the app answers
        self.keep_alive = keep_alive
        self.more = True  # some of the body is still to come
        self.is_answered = False
        self._wire = wire
        self._expects = expects
        self._answered = answered
        self._body = bytearray()
        self._is_end_given = False
        self._is_gone = False
        self._is_patient = False
        self._since_wait = 0
        self._changed: Optional[asyncio.Event] = None
        self._started = False
        self._head = b""
        self._is_head = scope["method"] == "HEAD"
        self._takes_chunks = scope["http_version"] == "1.1"
        self._chunked = False
        self._bodiless = False
        self._left: Optional[int] = None

    # What comes

    def take(self, piece: bytes) -> None:
        """Take a piece of the body."""
        if self.is_answered:
            return
        self._body += piece
        self._since_wait += len(piece)
        if len(self._body) > HIGH_WATER:
            self._wire.pause_reading()
        self._wake()

    def end(self) -> None:
        """Learn that the request has come whole."""
        self.more = False
        self._wake()

    def lose(self) -> None:
        """Learn that the client has left, or that the server ends."""
        self._is_gone = True
        self._wake()

    @property
    def is_streaming(self) -> bool:
        """Whether an answer of unknown length is being sent."""
        return self._started and self._left is None and not self._bodiless

    @property
    def is_started(self) -> bool:
        """Whether some of the answer was sent."""
        return self._started

    def _wake(self) -> None:
        if self._changed is not None:
            self._changed.set()

    async def receive(self) -> Message:
        """Return the next of the body, or that the client has left."""
        self._proceed()
        while not (self._is_gone or self.is_answered):
            if self._body or (not self.more and not self._is_end_given):
                return {"type": "http.request", "body": self._received(), "more_body": self.more}
            await self._wait()
        return _DISCONNECT

    def _received(self) -> bytes:
        self._is_end_given = not self.more
        body = bytes(self._body)
        self._body.clear()
        return body

    def _proceed(self) -> None:
        """Ask for the body, if the client waits to be asked."""
        if self._expects and not (self._started or self._is_gone):
            self._expects = False
            self._wire.write(_CONTINUE)

    async def _wait(self) -> None:
        if self._changed is None:
            self._changed = asyncio.Event()
        self._changed.clear()
        self._wire.resume_reading()
        bodies = self._wire.state.body
        if self.more and not self._is_patient and (self._since_wait > HIGH_WATER or self._wire not in bodies):
            self._since_wait = 0
            bodies.begin(self._wire, self._wire.state.now())
        try:
            await self._changed.wait()
        finally:
            if not self.more:
                bodies.end(self._wire)

    # What goes

    async def send(self, message: Message) -> None:
        """Send the next of the answer; nothing if the client has left."""
        if self._wire.is_full:
            await self._wire.drained()
        if self._is_gone or self._wire.transport.is_closing():
            return
        if message["type"] == "http.response.start":
            self._start(message["status"], message.get("headers", ()))
        else:
            self._send_body(message.get("body", b""), more=message.get("more_body", False))

    def _start(self, status: int, headers: Any) -> None:
        self._started = True
        self.be_patient()
        if self._expects:  # whether the body comes is not known: it was neither asked for nor refused
            self.keep_alive = False
        given: List[Tuple[bytes, bytes]] = []
        for name, value in headers:
            if name == b"content-length":
                self._left = int(value)
            elif name == b"connection" and b"close" in value.lower():
                self.keep_alive = False
                continue
            given.append((name, value))
        lines = header_lines(given)
        self._bodiless = self._is_head or status in NO_BODY
        self._head = b"%s%s%s%s\r\n" % (status_line(status), self._wire.state.date, lines, self._framing())
        if self._left is None and not self._bodiless:  # what declares its length goes out with its first piece
            self._flush()

    def _framing(self) -> bytes:
        """Return the headers that say where the answer ends, and whether the connection does."""
        lines = b""
        if self._left is None and not self._bodiless:
            self._chunked = self._takes_chunks
            if self._chunked:
                lines = b"transfer-encoding: chunked\r\n"
            else:
                self.keep_alive = False
        if self._wire.state.ending:
            self.keep_alive = False
        return lines if self.keep_alive else lines + CLOSE

    def _flush(self, body: bytes = b"") -> None:
        if self._head and len(body) > JOINED:
            self._wire.write(self._head)
        else:
            body = self._head + body
        self._head = b""
        if body:
            self._wire.write(body)

    def _send_body(self, body: bytes, *, more: bool) -> None:
        if not self._started or self.is_answered:
            raise RuntimeError("expected a body between the start of an answer and its end")
        if self._bodiless:
            body = b""
        elif self._chunked:
            body = (b"%x\r\n%s\r\n" % (len(body), body) if body else b"") + (b"" if more else _LAST_CHUNK)
        elif self._left is not None:
            self._left -= len(body)
            if self._left < 0 or (self._left and not more):
                raise RuntimeError("expected a body of the length that was declared")
        self._flush(body)
        if not more:
            self.is_answered = True
            self._wake()
            self._answered()

    async def run(self, app: Callable[..., Any]) -> None:
        """Let an app answer; an app that fails, or does not answer, is logged, and answered for."""
        try:
            await app(self.scope, self.receive, self.send)
        except asyncio.CancelledError:
            return  # the server has ended
        except Exception:  # noqa: BLE001 - whatever an app does, the server goes on
            _log.exception("the app failed")
        finally:
            self.scope = {}  # which holds this cycle, and would keep it until garbage is collected
            if self.task is not None:
                self._wire.state.tasks.discard(self.task)
        if self.is_answered or self._wire.parting or self._wire.transport.is_closing():
            return
        if not (self._started or self._is_gone):
            self._wire.write(
                written(500, "INTERNAL_ERROR", "Something went wrong in the server", self._wire.state.date)
            )
        self._wire.part()

    # What an app may do to its connection

    def is_closing(self) -> bool:
        """Return whether the connection has ended, or is about to."""
        return self._wire.transport.is_closing()

    def be_patient(self) -> None:
        """Wait for the rest of the body for as long as the client likes: it waits for an answer, perhaps."""
        self._is_patient = True
        self._wire.state.body.end(self._wire)

    def reset(self) -> None:
        """End the connection with a RST."""
        self._wire.reset()

    def close(self) -> None:
        """End the connection with a FIN, whatever of the body is still to come."""
        if self.more:
            self._wire.part()
        else:
            self._wire.parting = True
            self._wire.close()

    def stall(self) -> None:
        """Read nothing more of the body until the connection ends."""
        self._wire.stall()
