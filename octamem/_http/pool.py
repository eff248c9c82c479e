"""The connections of one OctaMem client: opened at first use, shared by its threads, left behind by a fork."""

from __future__ import annotations

import contextlib
import threading
import weakref
from typing import Dict, List, Optional

import httpx

from octamem._errors import closed_error

from .transports import open_transport

LEFT_BEHIND: List[object] = []
"""Connections that belong to the parent process: not ours to close, and collecting them would close them."""


class Pool:
    """A transport for each proxy, or the one that the client was given; closed with the last call out."""

    def __init__(self, own: Optional[httpx.BaseTransport]) -> None:
        self.own = own
        self._lock = threading.Lock()
        self._transports: Dict[Optional[str], httpx.BaseTransport] = {}
        self._calls = 0
        self.closed = False
        self._watch()

    def fresh(self) -> Pool:
        """Return a pool of the same transport, or of connections yet to be opened."""
        return Pool(self.own)

    def enter(self) -> None:
        """Count a call in; OctaMemError once the pool is closed."""
        with self._lock:
            if self.closed:
                raise closed_error()
            self._calls += 1

    def transport(self, proxy: Optional[str]) -> httpx.BaseTransport:
        """Return the transport for that proxy, opened now if need be."""
        with self._lock:
            transport = self._transports.get(proxy)
            if transport is None:
                transport = self._transports[proxy] = open_transport(proxy)
            return transport

    def leave(self) -> None:
        """Count a call out."""
        with self._lock:
            self._calls -= 1
            last = self.closed and not self._calls
        if last:
            self._close()

    def close(self) -> None:
        """Take no more calls, and close the connections once those in flight have ended."""
        with self._lock:
            idle = not self.closed and not self._calls
            self.closed = True
        if idle:
            self._close()

    def _close(self) -> None:
        for transport in [self.own] if self.own is not None else list(self._transports.values()):
            transport.close()

    def __del__(self) -> None:
        # A client that nobody closed, as in the shortest of scripts, takes its connections with it. It may be the end
        # of the interpreter, when anything may be gone.
        with contextlib.suppress(Exception):
            for transport in self._transports.values():
                transport.close()

    def after_fork(self) -> None:
        """Leave the parent's connections and calls behind, in the child."""
        self._unclosed.detach()
        LEFT_BEHIND.append(self._transports)
        self._lock = threading.Lock()
        self._transports = {}
        self._calls = 0
        self._watch()

    def _watch(self) -> None:
        # A client that nobody closed, such as one of a script, must not leave its sockets to the collector's warnings.
        self._unclosed = weakref.finalize(self, _close_all, self._transports)


def _close_all(transports: Dict[Optional[str], httpx.BaseTransport]) -> None:
    for transport in transports.values():
        transport.close()
