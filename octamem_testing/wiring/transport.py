"""FakeTransport: httpx's requests answered by the fake in process, with what a socket would have done to them."""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, AsyncIterator, Dict, Generator, Iterator, List, Optional, Tuple

import httpx

from fake_server.core import Drop, Reply, Request
from fake_server.core.faults.answers import JSON
from fake_server.core.messages import NO_BODY

from .wire_errors import ASYNC, SYNC, Words, closed, cut_short, endure, reset, timed_out

if TYPE_CHECKING:
    from fake_server.core import Exchange, Fake
    from octamem_testing.virtual_time.clock import VirtualClock

__all__ = ["FakeTransport"]

UNFINISHED = "the client left before the answer was over"
ENDLESS = "hang: the request has no read timeout and would have waited for ever; it was ended as a read timeout"


_JSON_HEADERS = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in JSON.items()]
_NO_TIMEOUTS: Dict[str, Optional[float]] = {}


class FakeTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """An httpx transport, sync and async, over `Fake.accept`: no socket, no thread.

    A fault raises what httpx raises on a socket: `reset` is ReadError, `close` RemoteProtocolError, `hang` and an
    answer later than the request's read timeout ReadTimeout, a body cut short RemoteProtocolError while it is read.
    Delays take no time: they move the fake's time on, through `clock` where one is given, so that they keep their
    order among the waits of other calls, else directly. A `hang` for a request without a read timeout is ended at
    once as a ReadTimeout too, and the journal says so.
    """

    def __init__(self, fake: Fake, clock: Optional[VirtualClock] = None) -> None:
        self._fake = fake
        self._clock = clock

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request; raises the httpx.TransportError that the fault stands for."""
        flow = self._flow(request, _sent(request), SYNC)
        try:
            while True:
                self._pass(next(flow))
        except StopIteration as end:
            response: httpx.Response = end.value
            return response
        finally:
            flow.close()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request; raises the httpx.TransportError that the fault stands for."""
        from anyio.lowlevel import checkpoint

        body = await _sent_async(request)
        # A socket would let other tasks run here; without this a loop of calls could not be cancelled.
        await checkpoint()
        flow = self._flow(request, body, ASYNC)
        try:
            while True:
                await self._pass_async(next(flow))
        except StopIteration as end:
            response: httpx.Response = end.value
            return response
        finally:
            flow.close()

    def path_of(self, request: httpx.Request) -> str:
        """Give the path that the fake is asked for."""
        return request.url.path

    def accept(self, request: httpx.Request, received: Request) -> Exchange:  # noqa: ARG002 - for subclasses
        """Let the fake take a request in; a transport that keeps a record of its own begins here."""
        return self._fake.accept(received)

    def _pass(self, seconds: float) -> None:
        if self._clock is None:
            self._fake.advance(seconds)
        else:
            self._clock.elapse(seconds)

    async def _pass_async(self, seconds: float) -> None:
        if self._clock is None:
            self._fake.advance(seconds)
        else:
            await self._clock.elapse_async(seconds)

    def _flow(self, request: httpx.Request, body: bytes, words: Words) -> Generator[float, None, httpx.Response]:
        """Take one request through the fake; yields the seconds to let pass, and is closed where the client leaves."""
        patience = request.extensions.get("timeout", _NO_TIMEOUTS).get("read")
        exchange = self.accept(request, self._received(request, body))
        if exchange.wait:
            try:
                yield from endure(exchange.wait, patience, words)
            except (httpx.ReadTimeout, GeneratorExit):
                exchange.abandon()
                raise
            patience = None if patience is None else patience - exchange.wait
        outcome = exchange.decide()
        if (
            exchange.raised is not None
        ):  # what the author's own search= did is for the author to see, not for the client
            raise exchange.raised
        if outcome.delay:
            try:
                yield from endure(outcome.delay, patience, words)
            except (httpx.ReadTimeout, GeneratorExit):
                exchange.undelivered()
                raise
        if isinstance(outcome, Drop):
            raise (yield from _dropped(outcome, exchange, patience, words))
        return self._response(request, exchange, outcome, words)

    def _received(self, request: httpx.Request, body: bytes) -> Request:
        pairs = [(_name(name), value.decode("latin-1")) for name, value in request.headers.raw]
        headers = dict(pairs)
        if len(headers) < len(pairs):  # a header sent more than once is one value
            headers = {name: ", ".join(value for each, value in pairs if each == name) for name in headers}
        return Request.trusted(request.method, self.path_of(request), headers, body)

    def _response(self, request: httpx.Request, exchange: Exchange, outcome: Reply, words: Words) -> httpx.Response:
        body = b"" if request.method == "HEAD" else outcome.body
        headers = _headers(outcome)
        if outcome.cut is None and not outcome.drip:
            return httpx.Response(outcome.status, headers=headers, stream=httpx.ByteStream(body))
        patience = request.extensions.get("timeout", _NO_TIMEOUTS).get("read")
        stream = _Stream(self, exchange, outcome, patience=patience, words=words)
        return httpx.Response(outcome.status, headers=headers, stream=stream)


class _Stream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that comes in pieces, or not to its end."""

    def __init__(
        self, transport: FakeTransport, exchange: Exchange, reply: Reply, *, patience: Optional[float], words: Words
    ) -> None:
        self._transport = transport
        self._visit = exchange
        self._reply = reply
        self._patience = patience
        self._words = words
        self._over = False

    def __iter__(self) -> Iterator[bytes]:
        with self._noted():
            for gap, piece in _pieces(self._reply):
                for seconds in endure(gap, self._patience, self._words):
                    self._transport._pass(seconds)  # noqa: SLF001 - the body is the transport's
                yield piece

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with self._noted():
            for gap, piece in _pieces(self._reply):
                for seconds in endure(gap, self._patience, self._words):
                    await self._transport._pass_async(seconds)  # noqa: SLF001 - as above
                yield piece

    def close(self) -> None:
        """Take note of whoever closes it without having read it to its end."""
        self._left()

    async def aclose(self) -> None:
        """Take note as `close` does."""
        self._left()

    @contextmanager
    def _noted(self) -> Generator[None, None, None]:
        try:
            yield
        except httpx.RemoteProtocolError:  # the fault's own doing, which the journal names already
            self._over = True
            raise
        except BaseException:  # a timeout, a cancellation, or whoever read it has stopped
            self._left()
            raise
        self._over = True

    def _left(self) -> None:
        if not self._over:
            self._over = True
            self._visit.undelivered(UNFINISHED)


def _sent(request: httpx.Request) -> bytes:
    """Give the body as it goes over a socket, which leaves a stream used up that can be read only once."""
    try:
        return request.content
    except httpx.RequestNotRead:
        stream: Any = request.stream
        return b"".join(stream)


async def _sent_async(request: httpx.Request) -> bytes:
    """Give the body as `_sent` does."""
    try:
        return request.content
    except httpx.RequestNotRead:
        stream: Any = request.stream
        return b"".join([part async for part in stream])


def _dropped(
    drop: Drop, exchange: Exchange, patience: Optional[float], words: Words
) -> Generator[float, None, httpx.TransportError]:
    """Give the error that httpx raises for a drop, once the time that it takes has passed."""
    if drop.how == "reset":
        return reset(words)
    if drop.how == "close":
        return closed()
    if patience is None:
        exchange.note(ENDLESS)
    else:
        yield max(patience, 0.0)
    return timed_out(words)


@lru_cache(maxsize=256)
def _name(raw: bytes) -> str:
    """Give a header's name as the fake takes it; cached, because every call sends the same few."""
    return raw.decode("latin-1").lower()


def _headers(reply: Reply) -> List[Tuple[bytes, bytes]]:
    if reply.headers is JSON:
        headers = _JSON_HEADERS.copy()
    else:
        headers = [(name.encode(), value.strip().encode("latin-1", "replace")) for name, value in reply.headers.items()]
    if reply.chunked:
        headers.append((b"transfer-encoding", b"chunked"))
    elif reply.status not in NO_BODY:
        headers.append((b"content-length", str(len(reply.body)).encode()))
    return headers


def _pieces(reply: Reply) -> Iterator[Tuple[float, bytes]]:
    """Yield the body as (seconds to wait, piece); raises RemoteProtocolError where it is cut."""
    if reply.cut is not None:
        if reply.cut:
            yield 0.0, reply.body[: reply.cut]
        if reply.chunked or reply.cut < len(reply.body):
            raise cut_short(reply.cut, None if reply.chunked else len(reply.body))
        return
    yield from reply.dripped()
