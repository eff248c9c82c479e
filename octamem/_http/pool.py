"""The connections of one OctaMem client: opened at first use, shared by threads, abandoned in a forked child."""

from __future__ import annotations

import contextlib
import threading
import weakref
from typing import Dict, List, Optional

import httpx

from octamem._errors import closed_error

from .transports import open_transport

ABANDONED: List[object] = []
"""Connections of the parent process: the child must not close them, and collecting them would."""


class Pool:
    """A transport for each proxy, or the one that the client was given; closed after the last call."""

    def __init__(self, own: Optional[httpx.BaseTransport]) -> None:
        self.own = own
        self._lock = threading.Lock()
        self._transports: Dict[Optional[str], httpx.BaseTransport] = {}
        self._calls = 0
        self.closed = False
        self._watch()

    def fresh(self) -> Pool:
        """Return a pool of the same transport, or with no connection open yet."""
        return Pool(self.own)

    def enter(self) -> None:
        """Count a call that begins; OctaMemError if the pool is closed."""
        with self._lock:
            if self.closed:
                raise closed_error()
            self._calls += 1

    def transport(self, proxy: Optional[str]) -> httpx.BaseTransport:
        """Return the transport for that proxy, and open it if needed."""
        with self._lock:
            transport = self._transports.get(proxy)
            if transport is None:
                transport = self._transports[proxy] = open_transport(proxy)
            return transport

    def leave(self) -> None:
        """Count a call that ended."""
        with self._lock:
            self._calls -= 1
            last = self.closed and not self._calls
        if last:
            self._close()

    def close(self) -> None:
        """Accept no more calls, and close the connections when those in flight have ended."""
        with self._lock:
            idle = not self.closed and not self._calls
            self.closed = True
        if idle:
            self._close()

    def _close(self) -> None:
        for transport in [self.own] if self.own is not None else list(self._transports.values()):
            transport.close()

    def __del__(self) -> None:
        # A short script may leave its client open. At the end of the interpreter anything may be gone.
        with contextlib.suppress(Exception):
            for transport in self._transports.values():
                transport.close()

    def after_fork(self) -> None:
        """Abandon the parent's connections and calls in the child."""
        self._unclosed.detach()
        ABANDONED.append(self._transports)
        self._lock = threading.Lock()
        self._transports = {}
        self._calls = 0
        self._watch()

    def _watch(self) -> None:
        # The sockets of a client that was never closed must not cause warnings when they are collected.
        self._unclosed = weakref.finalize(self, _close_all, self._transports)


def _close_all(transports: Dict[Optional[str], httpx.BaseTransport]) -> None:
    for transport in transports.values():
        transport.close()
