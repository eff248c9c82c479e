"""Between our values and httpx's: what a response holds, read under a bound, and what an exception means."""

from __future__ import annotations

import asyncio
import socket
import ssl
import zlib
from typing import Callable, List, Optional, Sequence, Tuple

import httpx

from octamem._call.verdict import Answer, Failure

from .limits import Bounds

_DIGITS = 18
"""A length of more digits is an exabyte, and too long to be turned into a number for the sake of comparing it."""


_DEEPEST = 10
"""No transport nests its exceptions deeper, and some might nest them in a ring."""


class Late(Exception):
    """The deadline passed while the body was being read."""


class Reader:
    """Takes in the body of a response under a bound, of bytes and of time."""

    def __init__(self, response: httpx.Response, bounds: Bounds) -> None:
        self.status = response.status_code
        self.headers = {name.lower().decode("latin-1"): value.decode("latin-1") for name, value in response.headers.raw}
        self._bounds = bounds
        self._held = 0
        self._late = False
        self._chunks: List[bytes] = []
        self._inflate = _inflater(self.headers.get("content-encoding"))
        announced = self.headers.get("content-length", "")
        self.cut = announced.isdecimal() and (len(announced) > _DIGITS or int(announced) > bounds.most)

    def take(self, chunk: bytes) -> bool:
        """Keep the chunk, and return whether there is room, and time, for more."""
        self._late = self._bounds.is_late()
        if self._inflate is not None:
            chunk = self._inflate(chunk, self._bounds.most - self._held + 1)
        self._held += len(chunk)
        self.cut = self._held > self._bounds.most
        if not self.cut:
            self._chunks.append(chunk)
        return not (self.cut or self._late)

    def answer(self) -> Answer:
        """Return what was read; raise Late where the time was over before the end of it."""
        if self._late:
            raise Late
        return Answer(self.status, self.headers, b"" if self.cut else b"".join(self._chunks), self.cut)


def _inflater(coding: Optional[str]) -> Optional[Callable[[bytes, int], bytes]]:
    if coding is None or coding.strip().lower() not in ("gzip", "x-gzip", "deflate"):
        return None
    # 32 lets zlib tell gzip and zlib headers apart.
    machine = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)

    def inflate(chunk: bytes, most: int) -> bytes:
        try:
            return machine.decompress(chunk, most)
        except zlib.error:
            # What is left is no JSON, and is judged as such: the status still counts.
            return b""

    return inflate


def failure_of(error: Exception, handled: Optional[BaseException] = None) -> Failure:
    """Return what an exception of a transport means: whether it was a timeout, which, and what may have arrived.

    `handled` is what the caller was handling when it made the call, and has nothing to do with it.
    """
    if isinstance(error, Late):
        return Failure("the deadline has passed", limit="deadline")
    try:
        words, reason = _words(_chain(error, handled))
    except Exception:  # noqa: BLE001 - an exception of a user's own may fail at this too
        words, reason = type(error).__name__, ""
    # The class alone is kept: the exception itself leads to the request, and so to the key.
    kind = type(error) if isinstance(error, httpx.TransportError) and type(error).__module__ == "httpx" else None
    for timeout, limit, arrived in _TIMEOUTS:
        if isinstance(error, timeout):
            return Failure(words, limit, arrived, True, kind)
    never = isinstance(error, _NEVER_ARRIVED)
    passing = isinstance(error, (httpx.TransportError, OSError)) and not isinstance(error, _FINAL)
    reason = "proxy" if isinstance(error, httpx.ProxyError) else reason
    return Failure(words, None, not never, passing, kind, reason)


# The first that fits: what a transport of a user's own may raise comes last. Before Python 3.11 asyncio's, and
# before 3.10 the socket's, is another class than TimeoutError.
_TIMEOUTS = (
    (httpx.ConnectTimeout, "connect", False),
    (httpx.PoolTimeout, "pool", False),
    (httpx.ReadTimeout, "read", True),
    (httpx.WriteTimeout, "write", True),
    (httpx.TimeoutException, "time", True),
    (TimeoutError, "time", True),
    (socket.timeout, "time", True),
    (asyncio.TimeoutError, "time", True),
)
_NEVER_ARRIVED = (
    httpx.ConnectError,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    socket.gaierror,
    ConnectionRefusedError,
)
_FINAL = (httpx.UnsupportedProtocol, httpx.LocalProtocolError)


def _chain(error: BaseException, handled: Optional[BaseException]) -> List[BaseException]:
    chain = [error]
    while len(chain) < _DEEPEST:
        # The context too: httpcore takes the cause off its errors. Of a group, as trio has one for the addresses of a
        # host, the first.
        group: Sequence[Optional[BaseException]] = getattr(chain[-1], "exceptions", (None,))
        inner = group[0] or chain[-1].__cause__ or chain[-1].__context__
        if inner is None or inner is handled:
            break
        chain.append(inner)
    return chain


def _words(chain: List[BaseException]) -> Tuple[str, str]:
    """Return what the exceptions say, and the reason that it gives for advice ("" for none of its own)."""
    for error in chain:
        if isinstance(error, socket.gaierror):
            return f"the host name cannot be resolved ({error.strerror})", "name"
        if isinstance(error, ssl.SSLError):
            # Only the errors that ssl itself builds have these.
            reason = getattr(error, "verify_message", "") or getattr(error, "reason", "") or "no secure connection"
            return f"TLS failed ({reason})", _tls_reason(error)
        if isinstance(error, ConnectionRefusedError):
            return "the connection was refused", "refused"
        if isinstance(error, ConnectionResetError):
            return "the connection was reset", ""
    name = type(chain[0]).__name__
    said = str(chain[0]) or str(chain[-1])
    return (f"{said} ({name})" if said else name), ""


def _tls_reason(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "certificate"
    # What answered with something else than TLS: plain HTTP, as a server on a machine of one's own mostly speaks it.
    return "no tls" if error.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE") else "tls"
