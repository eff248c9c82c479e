"""The connections of one AsyncOctaMem client: opened at first use in each event loop, closed when the loop ends."""

from __future__ import annotations

import asyncio
import threading
from typing import AsyncGenerator, Dict, Optional, Tuple, Union

import httpx
from anyio.lowlevel import RunVar

from octamem._errors import closed_error

from .clients import async_client_on
from .pool import ABANDONED
from .transports import open_async_transport

Clients = Dict[Optional[str], httpx.AsyncClient]

_RUN: RunVar[object] = RunVar("octamem-run")


def _this_run() -> object:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        # Another library's loop, such as trio's, is represented by an object of our own.
        run = _RUN.get(None)
        if run is None:
            run = object()
            _RUN.set(run)
        return run


async def _closing(clients: Clients) -> AsyncGenerator[None, None]:
    """Close the httpx clients when this generator is closed.

    When an event loop ends, it closes the open async generators while it still runs. asyncio and trio have no other
    hook in common that is early enough to close a connection.
    """
    try:
        yield
    finally:
        while clients:
            _proxy, client = clients.popitem()
            await client.aclose()


class Run:
    """The httpx clients of our client in one event loop, and the number of its calls in flight there."""

    def __init__(self) -> None:
        self.calls = 0
        self.clients: Clients = {}
        self._closing = _closing(self.clients)

    async def client(self, proxy: Optional[str]) -> httpx.AsyncClient:
        """Return the httpx client for that proxy, and open it if needed."""
        client = self.clients.get(proxy)
        if client is None:
            client = async_client_on(open_async_transport(proxy))
            if not self.clients:
                self._closing = _closing(self.clients)
                await self._closing.__anext__()
            self.clients[proxy] = client
        return client

    async def close(self) -> None:
        """Close the httpx clients."""
        await self._closing.aclose()

    def is_over(self, this: object) -> bool:
        """Return whether the event loop has ended, or has nothing to close; `this` is the loop or stands for it."""
        ended = isinstance(this, asyncio.AbstractEventLoop) and this.is_closed()
        return ended or not (self.calls or self.clients)


class AsyncPool:
    """A `Run` for each event loop, or the httpx client on what our client was given; closed after the last call."""

    def __init__(self, given: Union[httpx.AsyncBaseTransport, httpx.AsyncClient, None]) -> None:
        self.given = given
        self._closes_own = not isinstance(given, httpx.AsyncClient)
        self.own = given if given is None or isinstance(given, httpx.AsyncClient) else async_client_on(given)
        self._lock = threading.Lock()
        self._overriding: Optional[Tuple[httpx.AsyncBaseTransport, httpx.AsyncClient]] = None
        self._runs: Dict[object, Run] = {}
        self._calls = 0
        self.closed = False

    def fresh(self) -> AsyncPool:
        """Return a pool on what our client was given, or with no connection open yet."""
        return AsyncPool(self.given)

    def client_over(self, transport: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
        """Return an httpx client that sends through an overriding transport; nobody closes it."""
        known = self._overriding
        if known is None or known[0] is not transport:
            known = self._overriding = (transport, async_client_on(transport))
        return known[1]

    def enter(self) -> Run:
        """Count a call that begins in this event loop; OctaMemError if the pool is closed."""
        this = _this_run()
        with self._lock:
            if self.closed:
                raise closed_error()
            run = self._runs.get(this)
            if run is None:
                self._runs = {key: run for key, run in self._runs.items() if not run.is_over(key)}
                run = self._runs[this] = Run()
            run.calls += 1
            self._calls += 1
            return run

    async def leave(self, run: Run) -> None:
        """Count a call that ended."""
        with self._lock:
            run.calls -= 1
            self._calls -= 1
            last_here = self.closed and not run.calls
            last = self.closed and not self._calls
        if last_here:
            await run.close()
        if last:
            await self._close_own()

    async def close(self) -> None:
        """Accept no more calls, and close the connections of this event loop when those in flight have ended.

        The connections of other event loops are closed by their last call, or when the loop ends.
        """
        this = _this_run()
        with self._lock:
            first = not self.closed
            self.closed = True
            run = self._runs.get(this)
            idle = not self._calls
        if run is not None and not run.calls:
            await run.close()
        if first and idle:
            await self._close_own()

    async def _close_own(self) -> None:
        if self.own is not None and self._closes_own:
            await self.own.aclose()

    def after_fork(self) -> None:
        """Abandon the parent's connections and calls in the child."""
        ABANDONED.append(self._runs)
        self._lock = threading.Lock()
        self._runs = {}
        self._calls = 0
