"""A moment after which the blocking sockets of a thread wait no longer.

A server that sends a byte now and then keeps every single read within its timeout for ever. httpx has no limit for
the whole of an answer, so each wait of a connection that we open is cut to what remains until the moment.
"""

from __future__ import annotations

import threading
import time
from typing import Any, Optional

import httpx

_SOON = 0.001
"""What is left once the moment has passed: no time, but not the zero that would make a socket non-blocking."""


_PIECE = 16 * 1024
"""About as much as a connection takes in one step."""


class _Moment(threading.local):
    until: Optional[float] = None


_MOMENT = _Moment()


class waiting_until:  # noqa: N801 - it reads as the verb of a with statement
    """A context in which this thread's connections wait no longer than that many seconds from now, in all."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._before = _MOMENT.until

    def __enter__(self) -> None:
        _MOMENT.until = self._until

    def __exit__(self, *_: object) -> None:
        _MOMENT.until = self._before


def _cut(timeout: Optional[float]) -> Optional[float]:
    if _MOMENT.until is None:
        return timeout
    left = max(_SOON, _MOMENT.until - time.monotonic())
    return left if timeout is None else min(timeout, left)


class _Stream:
    """A network stream of httpcore's, with every wait cut."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: Optional[float] = None) -> bytes:
        data: bytes = self._inner.read(max_bytes, timeout=_cut(timeout))
        return data

    def write(self, buffer: bytes, timeout: Optional[float] = None) -> None:
        # In pieces under a moment, as the timeout holds for each step of a write, and a large one has many.
        size = len(buffer) if _MOMENT.until is None else _PIECE
        for start in range(0, len(buffer), size or 1):
            self._inner.write(buffer[start : start + size], timeout=_cut(timeout))

    def start_tls(
        self, ssl_context: Any, server_hostname: Optional[str] = None, timeout: Optional[float] = None
    ) -> Any:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname=server_hostname, timeout=_cut(timeout)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class _Backend:
    """httpcore's way to a socket, with every wait cut."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def connect_tcp(self, host: str, port: int, timeout: Optional[float] = None, **options: Any) -> _Stream:
        return _Stream(self._inner.connect_tcp(host, port, timeout=_cut(timeout), **options))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def bound_reads(transport: httpx.HTTPTransport) -> None:
    """Make the connections of the transport obey `waiting_until`.

    httpx shows no public way to the sockets, so this reaches for its pool; a test fails where that is gone, and a
    call is then bounded between the parts of an answer only.
    """
    pool = getattr(transport, "_pool", None)
    backend = getattr(pool, "_network_backend", None)
    if pool is not None and backend is not None:
        pool._network_backend = _Backend(backend)  # noqa: SLF001 - see above
