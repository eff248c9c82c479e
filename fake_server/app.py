"""The fake as an ASGI app: it sleeps the delays, and makes a drop real on the socket."""

from __future__ import annotations

import contextlib
import logging
import socket
import struct
from asyncio import Transport
from typing import Dict, Optional

import anyio
from starlette.applications import Starlette
from starlette.responses import RedirectResponse
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from .browser_headers import NOSNIFF
from .control import ROOT, create_control, leads_to
from .core import Drop, Exchange, Fake, Reply, Request
from .core.messages import NO_BODY
from .core.service.operations import declared_length
from .core.transactions import Keeping
from .indexing import Indexer, in_slices, keeping_up

__all__ = ["TRANSPORT", "create_app", "half_close"]

TRANSPORT = "octamem.transport"
"""Name of the ASGI extension under which our server hands over the connection's transport."""

UNREAD = 75.0  # seconds that a connection is held whose client may have left: as long as uvicorn keeps an idle one here
GLANCE = 0.05  # seconds between looks at whether it has ended
_DROPPED = {"reset": "reset", "close": "closed"}
_log = logging.getLogger("fake_server")


def create_app(fake: Fake, keeper: Optional[Keeping] = None) -> Starlette:
    """Serve a fake: the service's endpoints, and the control API under /_fake/.

    With a keeper, an answer leaves once what it rests on is committed.

    A drop is real under `fake_server.server`; any other ASGI server sees it raised as ConnectionError or TimeoutError.
    """
    indexer = Indexer(fake)
    app = Starlette(routes=[Mount(ROOT, app=keeping_up(create_control(fake, keeper), indexer))])
    # Not a route of its own: "*" and an absolute URL are targets too, and fit no path that a route could name.
    app.router.default = keeping_up(_Service(fake, keeper), indexer)
    return app


async def _to_page(file: str, scope: Scope, receive: Receive, send: Send) -> None:
    """Lead a browser to a file of the page."""
    answer = RedirectResponse(f"{scope.get('root_path', '')}{ROOT}/{file}", 303)
    answer.headers[NOSNIFF[0].decode()] = NOSNIFF[1].decode()
    await answer(scope, receive, send)


class _ClientLeftError(Exception):
    """The client closed the connection before the exchange was over."""


class _Service:
    """The endpoints of the service: read, decide, deliver."""

    def __init__(self, fake: Fake, keeper: Optional[Keeping]) -> None:
        self._fake = fake
        self._keeper = keeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
            return
        headers = _headers(scope)
        method = str(scope["method"])
        path = str(scope["path"]).removeprefix(str(scope.get("root_path", "")))
        file = leads_to(method, path, headers.get("accept", ""))
        if file is not None:
            await _to_page(file, scope, receive, send)
            return
        reading = _Reading(receive, headers, self._fake.body_limit(headers))
        try:
            begun = await reading.first()
            exchange = self._fake.intercept(Request.trusted(method, path, headers, begun)) if reading.more else None
            midway = exchange is not None
            if exchange is None:
                exchange = self._fake.accept(Request.trusted(method, path, headers, await reading.whole()))
        except _ClientLeftError:
            return
        exchange.follow()
        try:
            await _serve(exchange, self._keeper, scope, receive, send, unread=reading.more, midway=midway)
        finally:
            transport = scope.get("extensions", {}).get(TRANSPORT)
            exchange.over(confirmed=transport is None or not transport.is_closing())


async def _serve(
    exchange: Exchange,
    keeper: Optional[Keeping],
    scope: Scope,
    receive: Receive,
    send: Send,
    *,
    unread: bool,
    midway: bool,
) -> None:
    if exchange.wait and not await _still_there(receive, exchange.wait):
        exchange.abandon()
        _log_line(exchange)
        return
    if exchange.is_behind:
        await in_slices(exchange.indexing())
    outcome = exchange.decide()
    if keeper is not None and exchange.transaction is not None:
        await keeper.settled(exchange.transaction)
        outcome = exchange.outcome or outcome
    if outcome.delay and not await _still_there(receive, outcome.delay):
        exchange.undelivered()
        _log_line(exchange)
        return
    # Before the answer goes out, so that whoever has it finds the line written.
    _log_line(exchange)
    transport = scope.get("extensions", {}).get(TRANSPORT)
    if isinstance(outcome, Drop):
        await _drop(outcome, transport, receive, unread=unread, midway=midway)
        return
    if not outcome.drip:
        exchange.over()  # before the answer goes out, for the same reason
    if not await _deliver(outcome, transport, receive, send, unread=unread):
        exchange.undelivered("the client left before the answer was over")


def _log_line(exchange: Exchange) -> None:
    if _log.isEnabledFor(logging.INFO):  # the line itself takes longer than asking
        _log.info("%s", exchange.entry.line(), extra={"facts": exchange.entry.facts})


async def _drop(drop: Drop, transport: Optional[Transport], receive: Receive, *, unread: bool, midway: bool) -> None:
    if transport is None:
        if drop.how == "hang":
            raise TimeoutError("the fake never answers this request")
        raise (ConnectionResetError if drop.how == "reset" else ConnectionAbortedError)(
            f"connection {_DROPPED[drop.how]} by the fake"
        )
    if drop.how == "reset":
        _reset(transport)
    elif drop.how == "close":
        await _close(transport, receive, unread=unread)
    elif midway and unread:
        await _hold(transport)
    await _gone(receive)


async def _close(transport: Transport, receive: Receive, *, unread: bool) -> None:
    if unread:
        await half_close(transport, receive)
    transport.close()
    await _gone(receive)


async def half_close(transport: Transport, receive: Receive) -> None:
    """Send a FIN in the middle of a body, and close once the client has left or UNREAD seconds have passed.

    The rest of the body is thrown away: closing with unread bytes would send a RST, which takes from the client what
    it has not read yet.
    """
    with contextlib.suppress(OSError):  # the client has left already, and the event loop does not know it yet
        transport.write_eof()
    with anyio.move_on_after(UNREAD):
        await _gone(receive)
    transport.close()
    await _gone(receive)


async def _hold(transport: Transport) -> None:
    """Read nothing more of a body until the connection ends, so that the client's writes stop.

    It ends by itself after UNREAD seconds: a client that left behind a full window shows no sign of it.
    """
    transport.pause_reading()
    with anyio.move_on_after(UNREAD):
        # Not an event: the HTTP server reports an end only while it may read.
        while not transport.is_closing():  # noqa: ASYNC110 - as above
            await anyio.sleep(GLANCE)
    transport.abort()


async def _deliver(reply: Reply, transport: Optional[Transport], receive: Receive, send: Send, *, unread: bool) -> bool:
    """Send a reply with its delays; return False if the client left in the middle of a drip."""
    headers = [
        (name.encode("latin-1"), value.strip().encode("latin-1", "replace")) for name, value in reply.headers.items()
    ]
    if reply.status not in NO_BODY and not reply.chunked:  # the HTTP server sends in chunks what declares no length
        headers.append((b"content-length", str(len(reply.body)).encode()))
    headers.append(NOSNIFF)
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    if reply.cut is not None:
        await send({"type": "http.response.body", "body": reply.body[: reply.cut], "more_body": True})
        if transport is None:
            raise ConnectionAbortedError("connection closed by the fake in the middle of the body")
        await _close(transport, receive, unread=unread)
        return True
    if reply.drip:
        for seconds, piece in reply.dripped():
            if not await _still_there(receive, seconds):
                return False
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b"" if reply.drip else reply.body})
    return True


def _reset(transport: Transport) -> None:
    """End a connection with a RST: closing a socket that may not linger sends one instead of a FIN."""
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _headers(scope: Scope) -> Dict[str, str]:
    headers: Dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


class _Reading:
    """A body as it comes, read at most one byte beyond the limit: a longer one is refused anyway."""

    def __init__(self, receive: Receive, headers: Dict[str, str], limit: int) -> None:
        self.more = True
        self._receive = receive
        self._limit = limit
        self._refused = declared_length(headers) > limit
        self._body = bytearray()

    async def first(self) -> bytes:
        """Read the first chunk, but nothing of a body that is announced as too large."""
        if not self._refused:
            await self._chunk()
        return bytes(self._body)

    async def whole(self) -> bytes:
        """Read the rest of the body, up to the limit, and return it all."""
        while self.more and not self._refused and len(self._body) <= self._limit:
            await self._chunk()
        return bytes(self._body)

    async def _chunk(self) -> None:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise _ClientLeftError
        self._body += message.get("body", b"")
        self.more = bool(message.get("more_body", False))


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _still_there(receive: Receive, seconds: float) -> bool:
    """Wait, and return whether the client is still connected afterwards."""
    with anyio.move_on_after(seconds):
        await _gone(receive)
        return False
    return True
