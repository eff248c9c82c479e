"""Requests read by httptools, which is C; what it refuses is left to h11, so that both take the same requests."""

from __future__ import annotations

from typing import Any, Optional

import httptools

from .h11_parser import H11Parser
from .limits import Limits
from .parsing import BadRequestError, Head, Headers, Parser, Sink, check_line, check_size, too_large, unknown_coding

__all__ = ["HttptoolsParser"]

_SPACE = (b" ", b"\t")
_END = b"\r\n\r\n"
_DIGITS = 20  # of a length, as h11 has it
_KEPT = 2048  # bytes of a head that is kept to be known again


class HttptoolsParser(Parser):
    """Reads requests; from the first one on that httptools refuses, or would read otherwise, h11 reads."""

    def __init__(self, sink: Sink, limits: Limits) -> None:
        self._sink = sink
        self._limits = limits
        self._parser: Any = httptools.HttpRequestParser(self)
        self._url = b""
        self._headers: Headers = []
        self._keep_alive = True
        self._expects = False
        self._fed = 0
        self._in_head = False
        self._in_body = False
        self._framing = 0  # bytes since the last ones of a head or a body: sizes of chunks, and trailers
        self._taken = 0  # heads and pieces of bodies in the bytes which are being read
        self._heads = 0  # heads among them
        self._body_size = 0  # of the latest piece of the latest request
        self._ended = False  # the last request of the connection has come whole
        self._begun = bytearray()  # of a head that began with a piece of its own: what h11 would need
        self._size = 0  # of a head that is not over yet, at most
        self._refused: Optional[BadRequestError] = None
        self._other: Optional[Parser] = None
        self._head: Optional[Head] = None  # the latest
        self._known = b""  # the bytes of that one, if they came at once, and its body with them
        self._known_size = 0  # of such a request
        self._coded = False  # a transfer coding was named
        self._data = b""  # the bytes that are being read
        self._line_end = 0  # where in them the latest request line ends

    def feed(self, data: bytes) -> None:
        """Read more bytes; raises BadRequestError."""
        if self._other is not None:
            self._other.feed(data)
            return
        if self._ended:
            return  # of a connection that ends with this request, nothing more is read
        if len(data) == self._known_size and self._head is not None and data.startswith(self._known):
            self._sink.on_request(self._head, data[len(self._known) :])
            return
        at_head = not self._in_body
        is_new = at_head and not self._in_head
        self._known_size = 0
        self._taken = self._heads = 0
        self._fed = len(data)
        self._data, self._line_end = data, 0
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._fail(data, at_head=at_head)
        else:
            self._data = b""
            if self._in_head:
                self._keep(data, at_head=at_head)
            elif self._in_body and not self._taken:
                self._framing += len(data)
                if self._framing > self._limits.header_bytes:
                    raise too_large(self._limits)
            elif is_new and self._heads == 1 and self._head is not None:
                self._know(data, self._head)

    def end(self) -> None:
        """Let go of the sink, and of the parser that calls this one."""
        self._sink, self._parser = Sink(), None
        if self._other is not None:
            self._other.end()

    def _know(self, data: bytes, head: Head) -> None:
        """Keep the bytes of a head, if they and a body of a declared length are all that came.

        Many a client sends the same head with each request; to read it takes longer than all else here.
        """
        size = len(data) - self._body_size
        is_whole = self._taken <= 2 and data[size - 4 : size] == _END and head.keep_alive
        if is_whole and size <= _KEPT and all(name != b"transfer-encoding" for name, _ in head.headers):
            self._known = data[:size]
            self._known_size = len(data)

    def _fail(self, data: bytes, *, at_head: bool) -> None:
        if self._refused is not None:
            raise self._refused from None
        if self._ended:
            return
        if not at_head or self._taken or len(self._begun) < self._size:
            raise BadRequestError from None
        self._other = H11Parser(self._sink, self._limits)
        self._other.feed(bytes(self._begun) + data)

    def _keep(self, data: bytes, *, at_head: bool) -> None:
        """Keep the beginning of a head that is not over yet."""
        if at_head and not self._taken:
            self._begun += data
        self._size += len(data)
        if self._size > self._limits.header_bytes:
            raise too_large(self._limits)

    # What httptools calls

    def on_message_begin(self) -> None:
        """Begin a head."""
        self._in_head = True
        self._url = b""
        self._headers = []
        self._expects = False
        self._coded = False

    def on_url(self, piece: bytes) -> None:
        """Take a piece of the target."""
        self._url += piece

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; a trailer is none of the request, and nobody is given it."""
        if not name:  # which httptools 0.6 takes in a trailer
            self._refused = BadRequestError()
            raise self._refused
        if not self._in_head:
            return
        name = name.lower()
        if value[-1:] in _SPACE:
            value = value.rstrip(b" \t")
        if name == b"expect":
            self._expects = value.lower() == b"100-continue"
        elif name == b"transfer-encoding":
            if self._coded or value.lower() != b"chunked":
                self._refused = unknown_coding()
                raise self._refused
            self._coded = True
        elif len(value) > _DIGITS and name == b"content-length" and b"," not in value:
            self._refused = BadRequestError()
            raise self._refused
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Hand over the head."""
        parser = self._parser
        if parser.should_upgrade():  # httptools would take no body, and read no further request
            raise BadRequestError
        self._taken += 1
        self._heads += 1
        self._body_size = 0
        self._in_head, self._in_body = False, True
        version, method = parser.get_http_version(), parser.get_method()
        try:
            check_line(self._url, version)
            self._check_spaces(method)
            # What came in so few bytes need not be added up.
            if self._size + self._fed > self._limits.header_bytes or len(self._headers) > self._limits.header_count:
                check_size(self._limits, self._url, self._headers)
        except BadRequestError as error:
            self._refused = error
            raise
        if self._size:
            self._begun.clear()
            self._size = 0
        self._keep_alive = version == "1.1" and parser.should_keep_alive()
        expects = self._expects and version == "1.1"
        self._head = Head(
            method.decode("ascii"), self._url, version, self._headers, keep_alive=self._keep_alive, expects=expects
        )
        self._sink.on_head(self._head)

    def _check_spaces(self, method: bytes) -> None:
        """Raise BadRequestError if the parts of the line have more than one space between them, as h11 has it."""
        if len(self._begun) < self._size:
            return  # it began behind another request, and is not here whole
        came, line = self._begun + self._data if self._size else self._data, b"%b %b HTTP/" % (method, self._url)
        at = came.find(line, self._line_end)
        if at < 0:
            raise BadRequestError
        self._line_end = max(at + len(line) - len(came) + len(self._data), 0)

    def on_body(self, piece: bytes) -> None:
        """Hand over a piece of the body."""
        self._taken += 1
        self._framing = 0
        self._body_size = len(piece)
        self._sink.on_body(piece)

    def on_message_complete(self) -> None:
        """Say that the request has come whole."""
        self._in_body = False
        self._framing = 0
        self._ended = not self._keep_alive
        self._sink.on_end()
