"""What a parser of HTTP/1.1 gives a connection, whichever library reads the bytes."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, Tuple, Type
from urllib.parse import unquote

from fake_server.core.wording import expected

from .limits import Limits

__all__ = [
    "BadRequestError",
    "Head",
    "Headers",
    "MakeParser",
    "Parser",
    "Sink",
    "check_line",
    "check_size",
    "fields_of",
    "too_large",
    "unknown_coding",
]

Headers = List[Tuple[bytes, bytes]]

Parts = Tuple[Optional[str], bytes, str, bytes]

_NO_URI = re.compile(rb"[^\x21-\x7e]")
_ABSOLUTE = re.compile(rb"https?://([^/?]*)", re.IGNORECASE)


class Head:
    """The head of a request: header names in lower case, the target as it came.

    `keep_alive` is whether another request may follow, `expects` whether the client waits to be asked for its body. A
    connection on which the same bytes come again gives the same head again. So what was found out about a head stays
    with it: its parts, and in `passed` the door that has let it pass.
    """

    __slots__ = ("_fields", "_parts", "expects", "headers", "keep_alive", "method", "passed", "target", "version")

    def __init__(
        self, method: str, target: bytes, version: str, headers: Headers, *, keep_alive: bool, expects: bool
    ) -> None:
        self.method = method
        self.target = target
        self.version = version
        self.headers = headers
        self.keep_alive = keep_alive
        self.expects = expects
        self.passed: Any = None
        self._parts: Optional[Parts] = None
        self._fields: Optional[Dict[str, str]] = None

    @property
    def parts(self) -> Parts:
        """The target as (authority, path as it came, path decoded, query); the authority is None in origin form."""
        if self._parts is None:
            self._parts = _parts_of(self.target)
        return self._parts

    @property
    def fields(self) -> Dict[str, str]:
        """The headers by name; one that was sent more than once is one value joined by ", "."""
        if self._fields is None:
            self._fields = fields_of(self.headers)
        return self._fields


def fields_of(headers: Headers) -> Dict[str, str]:
    """Return headers by name; one that was sent more than once is one value joined by ", "."""
    fields = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
    if len(fields) < len(headers):
        values: Dict[str, List[str]] = {}
        for name, value in headers:
            values.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
        return {name: ", ".join(each) for name, each in values.items()}
    return fields


def _parts_of(target: bytes) -> Parts:
    """Take a target apart; one in absolute form, which proxies send, every server must take (RFC 9112)."""
    absolute = None if target.startswith(b"/") else _ABSOLUTE.match(target)
    authority: Optional[str] = None
    if absolute is not None:
        authority, target = absolute[1].decode("latin-1"), target[absolute.end() :]
        target = target if target.startswith(b"/") else b"/" + target
    raw_path, _, query = target.partition(b"?")
    path = raw_path.decode("latin-1")
    return authority, raw_path, unquote(path) if "%" in path else path, query


class BadRequestError(Exception):
    """Bytes that are no request, or one that is refused at its head; says the status, code and message to answer."""

    def __init__(self, status: int = 400, code: str = "BAD_REQUEST", message: str = "") -> None:
        super().__init__(message or expected("request", "HTTP/1.1", "something else"))
        self.status = status
        self.code = code


class Sink:
    """Who is given what a parser reads."""

    def on_head(self, head: Head) -> None:
        """Take the head of a request."""

    def on_body(self, piece: bytes) -> None:
        """Take a piece of the body of the latest request."""

    def on_end(self) -> None:
        """Learn that the latest request has come whole."""

    def on_request(self, head: Head, body: bytes) -> None:
        """Take a request that has come whole."""
        self.on_head(head)
        if body:
            self.on_body(body)
        self.on_end()


class Parser:
    """Reads bytes, and gives a sink the requests in them."""

    def __init__(self, sink: Sink, limits: Limits) -> None:
        """Give what is read to a sink."""

    def feed(self, data: bytes) -> None:
        """Read more bytes; raises BadRequestError if they are not, or must not be, a request."""

    def end(self) -> None:
        """Read no more, and let go of the sink, which has this parser: else both would wait as garbage."""


MakeParser = Type[Parser]


def check_line(target: bytes, version: str) -> None:
    """Raise BadRequestError for a target with a byte that stands in no URI, or for another HTTP than 1."""
    if _NO_URI.search(target) is not None or not version.startswith("1."):
        raise BadRequestError


def check_size(limits: Limits, target: bytes, headers: Headers) -> None:
    """Raise BadRequestError for a head that is larger than the limits allow."""
    size = len(target) + sum(len(name) + len(value) for name, value in headers)
    if size > limits.header_bytes:
        raise too_large(limits)
    if len(headers) > limits.header_count:
        raise BadRequestError(
            431, "HEADERS_TOO_LARGE", expected("headers", f"at most {limits.header_count}", str(len(headers)))
        )


def too_large(limits: Limits) -> BadRequestError:
    """Return the error about a head of too many bytes."""
    return BadRequestError(
        431, "HEADERS_TOO_LARGE", expected("headers", f"at most {limits.header_bytes} bytes", "more")
    )


def unknown_coding() -> BadRequestError:
    """Return the error about a body in another transfer coding than chunked (RFC 9112, 6.1)."""
    return BadRequestError(501, "NOT_IMPLEMENTED", expected("Transfer-Encoding", "chunked alone", "another coding"))
