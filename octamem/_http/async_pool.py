"""The connections of one AsyncOctaMem client: opened at first use in each event loop, and closed when that ends."""

from __future__ import annotations

import asyncio
import threading
from typing import AsyncGenerator, Dict, Optional

import httpx
from anyio.lowlevel import RunVar

from octamem._errors import closed_error

from .pool import LEFT_BEHIND
from .transports import open_async_transport

Transports = Dict[Optional[str], httpx.AsyncBaseTransport]

_RUN: RunVar[object] = RunVar("octamem-run")


def _this_run() -> object:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        # Another library's loop, such as trio's: an object of its own stands for it.
        run = _RUN.get(None)
        if run is None:
            run = object()
            _RUN.set(run)
        return run


async def _closing(transports: Transports) -> AsyncGenerator[None, None]:
    """Close the transports when this generator is closed.

    An event loop closes the async generators that are still open when it ends, with the loop still running: asyncio
    and trio have no other hook in common that comes in time to close a connection.
    """
    try:
        yield
    finally:
        while transports:
            _proxy, transport = transports.popitem()
            await transport.aclose()


class Run:
    """The transports that a client uses in one event loop, and how many of its calls are under way there."""

    def __init__(self) -> None:
        self.calls = 0
        self.transports: Transports = {}
        self._closing = _closing(self.transports)

    async def transport(self, proxy: Optional[str]) -> httpx.AsyncBaseTransport:
        """Return the transport for that proxy, opened now if need be."""
        transport = self.transports.get(proxy)
        if transport is None:
            transport = open_async_transport(proxy)
            if not self.transports:
                self._closing = _closing(self.transports)
                await self._closing.__anext__()
            self.transports[proxy] = transport
        return transport

    async def close(self) -> None:
        """Close the transports."""
        await self._closing.aclose()

    def is_over(self, this: object) -> bool:
        """Return whether the event loop, given as what stands for it, has ended or left nothing to close."""
        ended = isinstance(this, asyncio.AbstractEventLoop) and this.is_closed()
        return ended or not (self.calls or self.transports)


class AsyncPool:
    """A `Run` for each event loop, or the transport that the client was given; closed with the last call out."""

    def __init__(self, own: Optional[httpx.AsyncBaseTransport]) -> None:
        self.own = own
        self._lock = threading.Lock()
        self._runs: Dict[object, Run] = {}
        self._calls = 0
        self.closed = False

    def fresh(self) -> AsyncPool:
        """Return a pool of the same transport, or of connections yet to be opened."""
        return AsyncPool(self.own)

    def enter(self) -> Run:
        """Count a call in, in the event loop that makes it; OctaMemError once the pool is closed."""
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
        """Count a call out."""
        with self._lock:
            run.calls -= 1
            self._calls -= 1
            last_here = self.closed and not run.calls
            last = self.closed and not self._calls
        if last_here:
            await run.close()
        if last and self.own is not None:
            await self.own.aclose()

    async def close(self) -> None:
        """Take no more calls; close the connections of this event loop once those in flight have ended.

        Those of other event loops are closed by their last call, or when the loop ends.
        """
        this = _this_run()
        with self._lock:
            first = not self.closed
            self.closed = True
            run = self._runs.get(this)
            idle = not self._calls
        if run is not None and not run.calls:
            await run.close()
        if first and idle and self.own is not None:
            await self.own.aclose()

    def after_fork(self) -> None:
        """Leave the parent's connections and calls behind, in the child."""
        LEFT_BEHIND.append(self._runs)
        self._lock = threading.Lock()
        self._runs = {}
        self._calls = 0
