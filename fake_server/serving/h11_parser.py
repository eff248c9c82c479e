"""Requests read by h11, which is pure Python and installs everywhere."""

from __future__ import annotations

from typing import Optional

import h11

from .chunks import Chunks
from .limits import Limits
from .parsing import BadRequestError, Head, Headers, Parser, Sink, check_line, check_size, too_large, unknown_coding

__all__ = ["H11Parser"]


_LINE_ENDS = b"\r\n"  # before a request; some clients send one behind a body


class H11Parser(Parser):
    """Reads one request after another, each with a connection of h11 of its own, since the answers are not h11's."""

    def __init__(self, sink: Sink, limits: Limits) -> None:
        self._sink = sink
        self._limits = limits
        self._connection = self._new()
        self._chunks: Optional[Chunks] = None
        self._keep_alive = True
        self._ended = False  # the last request of the connection has come whole

    def _new(self) -> h11.Connection:
        return h11.Connection(h11.SERVER, self._limits.header_bytes)

    def feed(self, data: bytes) -> None:
        """Read more bytes; raises BadRequestError."""
        if self._ended:
            return  # of a connection that ends with this request, nothing more is read
        if self._chunks is not None:
            data = self._fed(self._chunks, data)
        if self._connection.their_state is h11.IDLE and not self._connection.trailing_data[0]:
            data = data.lstrip(_LINE_ENDS)
        if not data:
            return  # which h11 would take for the end of the connection
        self._connection.receive_data(data)
        try:
            while self._next():
                pass
        except h11.RemoteProtocolError as error:
            if error.error_status_hint == 431:
                raise too_large(self._limits) from None
            if error.error_status_hint == 501:
                raise unknown_coding() from None
            raise BadRequestError from None

    def end(self) -> None:
        """Let go of the sink."""
        self._sink = Sink()

    def _fed(self, chunks: Chunks, data: bytes) -> bytes:
        """Take more of a chunked body, and return what comes behind it; nothing if the connection ends with it."""
        for piece in chunks.feed(data):
            self._sink.on_body(piece)
        if chunks.rest is None:
            return b""
        self._chunks = None
        self._connection = self._new()
        self._sink.on_end()
        self._ended = not self._keep_alive
        return b"" if self._ended else chunks.rest.lstrip(_LINE_ENDS)

    def _next(self) -> bool:
        """Take one event; return whether there may be more."""
        event = self._connection.next_event()
        if isinstance(event, h11.Data):
            self._sink.on_body(bytes(event.data))
        elif isinstance(event, h11.EndOfMessage):
            self._sink.on_end()
            self._ended = not self._keep_alive
            if self._ended:
                return False
            rest = self._connection.trailing_data[0].lstrip(_LINE_ENDS)
            self._connection = self._new()
            if not rest:
                return False
            self._connection.receive_data(rest)
        elif isinstance(event, h11.Request):
            headers = [(bytes(name), bytes(value)) for name, value in event.headers]
            method, version = event.method.decode("ascii"), event.http_version.decode("ascii")
            check_line(event.target, version)
            check_size(self._limits, event.target, headers)
            self._keep_alive = keep_alive = _keeps_alive(version, headers)
            expects = version == "1.1" and any(
                name == b"expect" and value.lower() == b"100-continue" for name, value in headers
            )
            self._sink.on_head(
                Head(method, bytes(event.target), version, headers, keep_alive=keep_alive, expects=expects)
            )
            if any(name == b"transfer-encoding" for name, _ in headers):
                self._chunks = Chunks(self._limits)
                rest = self._fed(self._chunks, self._connection.trailing_data[0])
                if not rest:
                    return False
                self._connection.receive_data(rest)
        else:
            return False
        return True


def _keeps_alive(version: str, headers: Headers) -> bool:
    listed = b",".join(value for name, value in headers if name == b"connection").lower()
    return version == "1.1" and b"close" not in [each.strip() for each in listed.split(b",")]
