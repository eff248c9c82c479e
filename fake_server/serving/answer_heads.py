"""The head of an answer as bytes, and the answers of the server itself."""

from __future__ import annotations

from functools import cache, lru_cache
from http import HTTPStatus
from typing import Iterable, Mapping, Tuple

from fake_server.browser_headers import NOSNIFF
from fake_server.core.json_body import encode

__all__ = ["CLOSE", "JOINED", "header_lines", "length_line", "status_line", "text_lines", "written"]

CLOSE = b"connection: close\r\n"
JOINED = 64 << 10  # bytes of an answer that go out together with its head
_VISIBLE = bytes({*range(0x20, 0x7F), *range(0x80, 0x100), 0x09})


@cache
def status_line(status: int) -> bytes:
    """Return the first line of an answer."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    return f"HTTP/1.1 {status} {phrase}\r\n".encode("ascii")


@lru_cache(maxsize=1024)  # answers to one endpoint have few lengths
def length_line(size: int) -> bytes:
    """Return the header with the length of a body."""
    return b"content-length: %d\r\n" % size


def header_lines(headers: Iterable[Tuple[bytes, bytes]]) -> bytes:
    """Write headers; raises RuntimeError for a control character in one, which could begin a header of its own."""
    lines = [b"%s: %s\r\n" % header for header in headers]
    return _visible(b"".join(lines), len(lines))


def text_lines(headers: Mapping[str, str]) -> bytes:
    """Write headers that are texts, as `header_lines` does."""
    lines = ""
    for name, value in headers.items():
        lines += f"{name}: {value.strip()}\r\n"
    return _visible(lines.encode("latin-1", "replace"), len(headers))


def _visible(lines: bytes, count: int) -> bytes:
    if lines.translate(None, _VISIBLE) != b"\r\n" * count:
        raise RuntimeError("expected no control character in a header")
    return lines


def written(status: int, code: str, message: str, date: bytes) -> bytes:
    """Write an error of the server itself, after which the connection ends."""
    body = encode({"error": message, "code": code})
    head = b"content-type: application/json\r\n%s: %s\r\nconnection: close\r\n" % NOSNIFF
    return b"%s%s%scontent-length: %d\r\n\r\n%s" % (status_line(status), date, head, len(body), body)
