"""What httpx raises on a real socket, in its own words, and after what time."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from typing import Iterator, Optional, TypeVar

import httpx

__all__ = ["ASYNC", "SYNC", "Words", "closed", "cut_short", "endure", "reset", "timed_out"]


@dataclass(frozen=True)
class Words:
    """What httpx 0.28 says on a real socket (seen on Linux), sync or async."""

    timeout: str
    reset: str


_RESET = (errno.ECONNRESET, os.strerror(errno.ECONNRESET))
SYNC = Words("timed out", str(OSError(*_RESET)))
ASYNC = Words("", "")
_CLOSED = "Server disconnected without sending a response."
_SHORT = "peer closed connection without sending complete message body ({})"
_ErrorT = TypeVar("_ErrorT", bound=httpx.TransportError)


def endure(seconds: float, patience: Optional[float], words: Words) -> Iterator[float]:
    """Yield what a wait takes; raises ReadTimeout, after the patience has passed, where it would take longer."""
    if patience is not None and seconds > patience:
        yield max(patience, 0.0)
        raise timed_out(words)
    if seconds:
        yield seconds


def timed_out(words: Words) -> httpx.ReadTimeout:
    """Build the error of an answer that does not come in time."""
    return _caused(httpx.ReadTimeout(words.timeout), TimeoutError("timed out"))


def reset(words: Words) -> httpx.ReadError:
    """Build the error of a connection that is reset."""
    return _caused(httpx.ReadError(words.reset), ConnectionResetError(*_RESET))


def closed() -> httpx.RemoteProtocolError:
    """Build the error of a connection that is closed without a byte of an answer."""
    return httpx.RemoteProtocolError(_CLOSED)


def cut_short(received: int, expected: Optional[int]) -> httpx.RemoteProtocolError:
    """Build the error of a body that ends early, in bytes; `expected` is None for one that was sent in chunks."""
    what = "incomplete chunked read" if expected is None else f"received {received} bytes, expected {expected}"
    return httpx.RemoteProtocolError(_SHORT.format(what))


def _caused(error: _ErrorT, cause: OSError) -> _ErrorT:
    """Chain an error as httpx does, since whoever explains one to a user looks for its cause."""
    error.__cause__ = cause
    return error
