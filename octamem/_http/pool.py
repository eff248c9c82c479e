"""The connections of one OctaMem client: opened at first use, shared by threads, abandoned in a forked child."""

from __future__ import annotations

import contextlib
import threading
import weakref
from typing import Dict, List, Optional, Tuple, Union

import httpx

from octamem._errors import closed_error

from .clients import client_on
from .transports import open_transport

ABANDONED: List[object] = []
"""Connections of the parent process: the child must not close them, and collecting them would."""


class Pool:
    """An httpx client for each proxy, or the one on what our client was given; closed after the last call."""

    def __init__(self, given: Union[httpx.BaseTransport, httpx.Client, None]) -> None:
        self.given = given
        self._closes_own = not isinstance(given, httpx.Client)
        self.own = given if given is None or isinstance(given, httpx.Client) else client_on(given)
        self._lock = threading.Lock()
        self._clients: Dict[Optional[str], httpx.Client] = {}
        self._overriding: Optional[Tuple[httpx.BaseTransport, httpx.Client]] = None
        self._calls = 0
        self.closed = False
        self._watch()

    def fresh(self) -> Pool:
        """Return a pool on what our client was given, or with no connection open yet."""
        return Pool(self.given)

    def enter(self) -> None:
        """Count a call that begins; OctaMemError if the pool is closed."""
        with self._lock:
            if self.closed:
                raise closed_error()
            self._calls += 1

    def client(self, proxy: Optional[str]) -> httpx.Client:
        """Return the httpx client for that proxy, and open it if needed."""
        with self._lock:
            client = self._clients.get(proxy)
            if client is None:
                client = self._clients[proxy] = client_on(open_transport(proxy))
            return client

    def client_over(self, transport: httpx.BaseTransport) -> httpx.Client:
        """Return an httpx client that sends through an overriding transport; nobody closes it."""
        known = self._overriding
        if known is None or known[0] is not transport:
            known = self._overriding = (transport, client_on(transport))
        return known[1]

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
        if self.own is not None and self._closes_own:
            self.own.close()
        _close_all(self._clients)

    def __del__(self) -> None:
        # A short script may leave its client open. At the end of the interpreter anything may be gone.
        with contextlib.suppress(Exception):
            _close_all(self._clients)

    def after_fork(self) -> None:
        """Abandon the parent's connections and calls in the child."""
        self._unclosed.detach()
        ABANDONED.append(self._clients)
        self._lock = threading.Lock()
        self._clients = {}
        self._calls = 0
        self._watch()

    def _watch(self) -> None:
        # The sockets of a client that was never closed must not cause warnings when they are collected.
        self._unclosed = weakref.finalize(self, _close_all, self._clients)


def _close_all(clients: Dict[Optional[str], httpx.Client]) -> None:
    for client in list(clients.values()):
        client.close()
