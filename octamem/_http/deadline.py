"""A deadline for the blocking sockets of a thread.

A server that sends a byte now and then keeps every single read within its timeout for ever. httpx has no limit for a
whole answer, so each wait of our connections is shortened to the time that remains until the deadline.
"""

from __future__ import annotations

import threading
import time
from typing import Any, Optional

import httpx

_SOON = 0.001
"""The timeout after the deadline: almost no time, but not the zero that would make a socket non-blocking."""


_PIECE = 16 * 1024
"""About as many bytes as a connection accepts in one step."""


class _Thread(threading.local):
    deadline: Optional[float] = None


_THREAD = _Thread()


class waiting_until:  # noqa: N801 - it reads as the verb of a with statement
    """Limit the waits of this thread's connections to that many seconds from now, all together."""

    def __init__(self, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds
        self._before = _THREAD.deadline

    def __enter__(self) -> None:
        _THREAD.deadline = self._deadline

    def __exit__(self, *_: object) -> None:
        _THREAD.deadline = self._before


def _remaining(timeout: Optional[float]) -> Optional[float]:
    if _THREAD.deadline is None:
        return timeout
    left = max(_SOON, _THREAD.deadline - time.monotonic())
    return left if timeout is None else min(timeout, left)


class _Stream:
    """A network stream of httpcore with every wait shortened."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: Optional[float] = None) -> bytes:
        data: bytes = self._inner.read(max_bytes, timeout=_remaining(timeout))
        return data

    def write(self, buffer: bytes, timeout: Optional[float] = None) -> None:
        # In pieces if there is a deadline: a large write has many steps, and the timeout counts for each.
        size = len(buffer) if _THREAD.deadline is None else _PIECE
        for start in range(0, len(buffer), size or 1):
            self._inner.write(buffer[start : start + size], timeout=_remaining(timeout))

    def start_tls(
        self, ssl_context: Any, server_hostname: Optional[str] = None, timeout: Optional[float] = None
    ) -> Any:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname=server_hostname, timeout=_remaining(timeout)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class _Backend:
    """A network backend of httpcore with every wait shortened."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def connect_tcp(self, host: str, port: int, timeout: Optional[float] = None, **options: Any) -> _Stream:
        return _Stream(self._inner.connect_tcp(host, port, timeout=_remaining(timeout), **options))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def bound_reads(transport: httpx.HTTPTransport) -> None:
    """Make the connections of the transport obey `waiting_until`.

    httpx has no public way to the sockets, so this uses its private pool. A test fails if that disappears; a call is
    then only bounded between the parts of an answer.
    """
    pool = getattr(transport, "_pool", None)
    backend = getattr(pool, "_network_backend", None)
    if pool is not None and backend is not None:
        pool._network_backend = _Backend(backend)  # noqa: SLF001 - see above
