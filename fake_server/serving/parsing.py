"""What a parser of HTTP/1.1 gives a connection, whichever library reads the bytes."""

from __future__ import annotations

import re
from typing import List, NamedTuple, Tuple, Type

from fake_server.core.wording import expected

from .limits import Limits

__all__ = [
    "BadRequestError",
    "Head",
    "Headers",
    "MakeParser",
    "Parser",
    "Sink",
    "check_size",
    "check_target",
    "too_large",
]

Headers = List[Tuple[bytes, bytes]]

_NO_URI = re.compile(rb"[^\x21-\x7e]")


class Head(NamedTuple):
    """The head of a request: header names in lower case, the target as it came.

    `keep_alive` is whether another request may follow, `expects` whether the client waits to be asked for its body.
    """

    method: str
    target: bytes
    version: str
    headers: Headers
    keep_alive: bool
    expects: bool


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


class Parser:
    """Reads bytes, and gives a sink the requests in them."""

    def __init__(self, sink: Sink, limits: Limits) -> None:
        """Give what is read to a sink."""

    def feed(self, data: bytes) -> None:
        """Read more bytes; raises BadRequestError if they are not, or must not be, a request."""


MakeParser = Type[Parser]


def check_target(target: bytes) -> None:
    """Raise BadRequestError for a target with a byte that stands in no URI; a library may take it."""
    if _NO_URI.search(target) is not None:
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
