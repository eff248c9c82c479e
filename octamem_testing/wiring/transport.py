"""FakeTransport: the fake answers httpx's requests in process, with the errors and delays of a real socket."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Dict, Generator, List, Optional, Tuple

import httpx

from fake_server.core import Drop, Reply, Request
from fake_server.core.messages import NO_BODY
from octamem_testing.checks import check_clock, check_fake
from octamem_testing.invariants.sightings import sightings_of

from .parent import forward, forward_async, parent_of
from .slow_body import SlowBody
from .wire_errors import ASYNC, SYNC, ErrorTexts, closed, reset, timed_out, wait_or_time_out

if TYPE_CHECKING:
    from fake_server.core import Exchange, Fake
    from octamem_testing.virtual_time.clock import VirtualClock

__all__ = ["FakeTransport"]

ENDLESS = "hang: the request has no read timeout and would wait forever; it was ended as a read timeout"

_NO_TIMEOUTS: Dict[str, Optional[float]] = {}


class FakeTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """An httpx transport, sync and async, over `Fake.accept`: no socket, no thread.

    A fault raises what httpx raises on a socket:

    - `reset` raises ReadError, and `close` RemoteProtocolError.
    - `hang`, or an answer that is later than the request's read timeout, raises ReadTimeout.
    - A body that is cut short raises RemoteProtocolError while it is read.

    Delays take no real time: they move the fake's time, through `clock` if it is given, so that they keep their order
    among the waits of other calls. A `hang` of a request without a read timeout raises ReadTimeout at once, and the
    journal notes it.
    """

    is_judged = True
    """Whether the verdict on a test sees the requests; a subclass that judges them itself says False."""

    def __init__(self, fake: Fake, clock: Optional[VirtualClock] = None) -> None:
        check_fake(fake, "FakeTransport")
        if clock is not None:
            check_clock(clock, "FakeTransport")
        self._fake = fake
        self._clock = clock

    def __repr__(self) -> str:
        """Show the fake."""
        return repr(self._fake)

    @property
    def fake(self) -> Fake:
        """The fake that answers."""
        return self._fake

    @property
    def clock(self) -> Optional[VirtualClock]:
        """The clock that delays move, None for the fake's own time."""
        return self._clock

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request; raises the httpx.TransportError of the fault, if there is one."""
        url = parent_of(self._fake)
        if url is not None:
            return forward(url, request, self.path_of(request))
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
        """Answer a request; raises the httpx.TransportError of the fault, if there is one."""
        url = parent_of(self._fake)
        if url is not None:
            return await forward_async(url, request, self.path_of(request))
        from anyio.lowlevel import checkpoint

        body = await _sent_async(request)
        # A socket lets other tasks run here; without this, a loop of calls cannot be cancelled.
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
        """Return the path of the service that a request is for."""
        return request.url.path

    def accept(self, request: httpx.Request, received: Request) -> Exchange:  # noqa: ARG002 - for subclasses
        """Let the fake accept a request; a subclass that records requests overrides this."""
        if self._clock is not None:
            self._clock.note_request()
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

    def _flow(self, request: httpx.Request, body: bytes, texts: ErrorTexts) -> Generator[float, None, httpx.Response]:
        """Take one request through the fake; yields the seconds that must pass, and is closed if the client leaves."""
        received = self._received(request, body)
        exchange = self.accept(request, received)
        if not self.is_judged:
            return (yield from self._answer(request, exchange, texts))
        sightings = sightings_of(self._fake)
        sighting = sightings.came(exchange.entry, received.headers, in_process=True)
        try:
            return (yield from self._answer(request, exchange, texts))
        finally:
            sightings.ended(self._fake, sighting)

    def _answer(
        self, request: httpx.Request, exchange: Exchange, texts: ErrorTexts
    ) -> Generator[float, None, httpx.Response]:
        read_timeout = request.extensions.get("timeout", _NO_TIMEOUTS).get("read")
        if exchange.wait:
            try:
                yield from wait_or_time_out(exchange.wait, read_timeout, texts)
            except (httpx.ReadTimeout, GeneratorExit):
                exchange.abandon()
                raise
            read_timeout = None if read_timeout is None else read_timeout - exchange.wait
        outcome = exchange.decide()
        if exchange.raised is not None:  # an error of the author's own search= is for the author, not for the client
            raise exchange.raised
        if outcome.delay:
            try:
                yield from wait_or_time_out(outcome.delay, read_timeout, texts)
            except (httpx.ReadTimeout, GeneratorExit):
                exchange.undelivered()
                raise
        if isinstance(outcome, Drop):
            raise (yield from _dropped(outcome, exchange, read_timeout, texts))
        return self._response(request, exchange, outcome, texts)

    def _received(self, request: httpx.Request, body: bytes) -> Request:
        pairs = [(_name(name), value.decode("latin-1")) for name, value in request.headers.raw]
        headers = dict(pairs)
        if len(headers) < len(pairs):  # a repeated header is one value
            headers = {name: ", ".join(value for each, value in pairs if each == name) for name in headers}
        return Request.trusted(request.method, self.path_of(request), headers, body)

    def _response(
        self, request: httpx.Request, exchange: Exchange, outcome: Reply, texts: ErrorTexts
    ) -> httpx.Response:
        body = b"" if request.method == "HEAD" else outcome.body
        headers = _headers(outcome)
        if outcome.cut is None and not outcome.drip:
            return httpx.Response(outcome.status, headers=headers, stream=httpx.ByteStream(body))
        read_timeout = request.extensions.get("timeout", _NO_TIMEOUTS).get("read")
        stream = SlowBody(exchange, outcome, self._pass, self._pass_async, read_timeout, texts)
        return httpx.Response(outcome.status, headers=headers, stream=stream)


def _sent(request: httpx.Request) -> bytes:
    """Return the body as a socket sends it, which uses up a stream that can be read only once."""
    try:
        return request.content
    except httpx.RequestNotRead:
        stream: Any = request.stream
        return b"".join(stream)


async def _sent_async(request: httpx.Request) -> bytes:
    """Return the body as `_sent` does."""
    try:
        return request.content
    except httpx.RequestNotRead:
        stream: Any = request.stream
        return b"".join([part async for part in stream])


def _dropped(
    drop: Drop, exchange: Exchange, read_timeout: Optional[float], texts: ErrorTexts
) -> Generator[float, None, httpx.TransportError]:
    """Return the error that httpx raises for a drop, after the time that it takes."""
    if drop.how == "reset":
        return reset(texts)
    if drop.how == "close":
        return closed()
    if read_timeout is None:
        exchange.note(ENDLESS)
    else:
        yield max(read_timeout, 0.0)
    return timed_out(texts)


@lru_cache(maxsize=256)
def _name(raw: bytes) -> str:
    """Return the name of a header as the fake expects it; cached, because every call sends the same few."""
    return raw.decode("latin-1").lower()


def _headers(reply: Reply) -> List[Tuple[bytes, bytes]]:
    headers = [(name.encode(), value.strip().encode("latin-1", "replace")) for name, value in reply.headers.items()]
    if reply.chunked:
        headers.append((b"transfer-encoding", b"chunked"))
    elif reply.status not in NO_BODY:
        headers.append((b"content-length", str(len(reply.body)).encode()))
    return headers
