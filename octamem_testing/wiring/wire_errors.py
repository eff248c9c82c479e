"""The errors that httpx raises on a real socket: same class, text and moment."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from typing import Iterator, Optional, TypeVar

import httpx

__all__ = ["ASYNC", "SYNC", "ErrorTexts", "closed", "cut_short", "reset", "timed_out", "wait_or_time_out"]


@dataclass(frozen=True)
class ErrorTexts:
    """The texts of httpx 0.28 on a real socket (seen on Linux), sync or async."""

    timeout: str
    reset: str


_RESET = (errno.ECONNRESET, os.strerror(errno.ECONNRESET))
SYNC = ErrorTexts("timed out", str(OSError(*_RESET)))
ASYNC = ErrorTexts("", "")
_CLOSED = "Server disconnected without sending a response."
_SHORT = "peer closed connection without sending complete message body ({})"
_ErrorT = TypeVar("_ErrorT", bound=httpx.TransportError)


def wait_or_time_out(seconds: float, read_timeout: Optional[float], texts: ErrorTexts) -> Iterator[float]:
    """Yield the seconds of a wait; if it is longer than the read timeout, yield that and raise ReadTimeout."""
    if read_timeout is not None and seconds > read_timeout:
        yield max(read_timeout, 0.0)
        raise timed_out(texts)
    if seconds:
        yield seconds


def timed_out(texts: ErrorTexts) -> httpx.ReadTimeout:
    """Return the error of an answer that does not come in time."""
    return _caused(httpx.ReadTimeout(texts.timeout), TimeoutError("timed out"))


def reset(texts: ErrorTexts) -> httpx.ReadError:
    """Return the error of a connection that is reset."""
    return _caused(httpx.ReadError(texts.reset), ConnectionResetError(*_RESET))


def closed() -> httpx.RemoteProtocolError:
    """Return the error of a connection that is closed before any byte of an answer."""
    return httpx.RemoteProtocolError(_CLOSED)


def cut_short(received: int, expected: Optional[int]) -> httpx.RemoteProtocolError:
    """Return the error of a body that ends early, in bytes; `expected` is None for a chunked body."""
    what = "incomplete chunked read" if expected is None else f"received {received} bytes, expected {expected}"
    return httpx.RemoteProtocolError(_SHORT.format(what))


def _caused(error: _ErrorT, cause: OSError) -> _ErrorT:
    """Return an error with its cause, as httpx raises it: the SDK reads the cause to explain the error."""
    error.__cause__ = cause
    return error
