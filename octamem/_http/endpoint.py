"""Where the calls of a client go, and with which key: the request of an attempt, and what becomes of it."""

from __future__ import annotations

import contextlib
import platform
import sys
from dataclasses import replace
from typing import AsyncIterator, Callable, Dict, Optional, Tuple

import httpx

from octamem._base_url import address_of
from octamem._call.advice import Place
from octamem._call.operations import Call, ResultT
from octamem._call.verdict import Sent
from octamem._redact.redact import conceal
from octamem._redact.secret import Secret
from octamem._version import __version__

from .deadline import waiting_until
from .limits import Bounds
from .proxies import proxy_for
from .wire import Late, Reader, failure_of

USER_AGENT = f"octamem-python/{__version__} Python/{platform.python_version()} httpx/{httpx.__version__}"

_STOPPING = 1.0
_LEFT_OVER = 70_000
"""The seconds, and the chunks, that a closed stream may take to end. Those of httpx take no time, and give what is in
their buffer of 64 KiB; one of a user's own might never end."""


class _Body(httpx.ByteStream):
    """A request body that a transport may stop reading half way.

    httpx reads its own with an async generator, which trio warns of when a failed write drops it.
    """

    def __init__(self, body: bytes) -> None:
        super().__init__(body)
        self._body = body

    def __aiter__(self) -> AsyncIterator[bytes]:
        return _Once(self._body)


class _Once:
    """An async iterator of one value that is no generator."""

    def __init__(self, value: bytes) -> None:
        self._values = [value]

    def __aiter__(self) -> _Once:
        return self

    async def __anext__(self) -> bytes:
        if not self._values:
            raise StopAsyncIteration
        return self._values.pop()


class Endpoint:
    """A base URL and a key: everything about a request that the calls of a client have in common.

    `variable` is the environment variable that the base URL is from, "" where it is from none.
    """

    def __init__(self, base_url: str, key: Secret, variable: str = "") -> None:
        self.base_url = base_url
        self.key = key
        self._place = Place(conceal(address_of(base_url), key, ()), variable)
        self._urls: Dict[str, httpx.URL] = {}
        self._proxy: Tuple[Optional[str], ...] = ()
        netloc = httpx.URL(base_url).netloc
        # In a closure, as the key itself is: see Secret.
        self._headers: Callable[[], Tuple[Tuple[bytes, bytes], ...]] = _hidden(
            (b"Host", netloc),
            (b"Authorization", b"Bearer " + key.reveal().encode()),
            (b"Content-Type", b"application/json"),
            (b"Accept", b"application/json"),
            # Not even compressed: what a small body inflates to is known only once it is in memory.
            (b"Accept-Encoding", b"identity"),
            (b"User-Agent", USER_AGENT.encode()),
        )

    @property
    def proxy(self) -> Optional[str]:
        """The proxy that the environment named for the base URL when it was first asked for."""
        if not self._proxy:
            self._proxy = (proxy_for(self.base_url),)
        return self._proxy[0]

    def place(self, *, proxied: bool) -> Place:
        """Return where the calls go, for an error to name; `proxied` where the environment's proxy is used."""
        proxy = self.proxy if proxied else None
        return replace(self._place, proxy=f"the proxy {address_of(proxy)}") if proxy else self._place

    def request(
        self, call: Call[ResultT], idempotency_key: bytes, timeout: Dict[str, float], number: int = 1
    ) -> httpx.Request:
        """Return the request of one attempt; the idempotency key is the same for all attempts of a call.

        `number` counts the attempts from 1: a server can so tell what we send again from what a proxy repeats.
        """
        url = self._urls.get(call.path)
        if url is None:
            url = self._urls[call.path] = httpx.URL(self.base_url + call.path)
        return httpx.Request(
            "POST",
            url,
            headers=[
                *self._headers(),
                (b"Idempotency-Key", idempotency_key),
                (b"X-OctaMem-Attempt", b"%d" % number),
                (b"Content-Length", b"%d" % len(call.body)),
            ],
            # A stream, as httpx fills in no headers of its own beside one.
            stream=_Body(call.body),
            extensions={"timeout": timeout},
        )

    def send(self, transport: httpx.BaseTransport, request: httpx.Request, bounds: Bounds) -> Sent:
        """Return what came of the request, whatever the transport raises."""
        handled = sys.exc_info()[1]
        try:
            remaining = bounds.remaining()
            if remaining is None:
                return _receive(transport, request, bounds)
            with waiting_until(remaining):
                return _receive(transport, request, bounds)
        except Exception as error:  # noqa: BLE001 - a transport of a user's own may raise anything
            return failure_of(error, handled)

    async def send_async(self, transport: httpx.AsyncBaseTransport, request: httpx.Request, bounds: Bounds) -> Sent:
        """Return what came of the request, whatever the transport raises; a cancellation passes through."""
        handled = sys.exc_info()[1]
        try:
            remaining = bounds.remaining()
            if remaining is None:
                return await _receive_async(transport, request, bounds)
            import anyio

            with anyio.move_on_after(remaining):
                return await _receive_async(transport, request, bounds)
        except Exception as error:  # noqa: BLE001 - as above
            return failure_of(error, handled)
        return failure_of(Late())


def _receive(transport: httpx.BaseTransport, request: httpx.Request, bounds: Bounds) -> Sent:
    response = transport.handle_request(request)
    stream = response.stream
    if not isinstance(stream, httpx.SyncByteStream):
        raise TypeError("the transport of a sync client answered with an async stream")
    try:
        reader = Reader(response, bounds)
        if not reader.cut:
            for chunk in stream:
                if not reader.take(chunk):
                    break
        return reader.answer()
    finally:
        stream.close()


async def _receive_async(transport: httpx.AsyncBaseTransport, request: httpx.Request, bounds: Bounds) -> Sent:
    response = await transport.handle_async_request(request)
    stream = response.stream
    if not isinstance(stream, httpx.AsyncByteStream):
        raise TypeError("the transport of an async client answered with a sync stream")
    try:
        reader = Reader(response, bounds)
        chunks = stream.__aiter__()
        if not reader.cut:
            async for chunk in chunks:
                if not reader.take(chunk):
                    await _stop(stream, chunks)
                    break
        return reader.answer()
    finally:
        await stream.aclose()


async def _stop(stream: httpx.AsyncByteStream, chunks: AsyncIterator[bytes]) -> None:
    # httpx and httpcore read with async generators inside each other. Trio warns of those that are dropped half way,
    # and the inner ones cannot be closed from here; but they end by themselves at the end of a closed stream.
    import anyio

    await stream.aclose()
    with anyio.move_on_after(_STOPPING), contextlib.suppress(Exception, StopAsyncIteration):
        for _ in range(_LEFT_OVER):
            await chunks.__anext__()


def _hidden(*headers: Tuple[bytes, bytes]) -> Callable[[], Tuple[Tuple[bytes, bytes], ...]]:
    return lambda: headers
