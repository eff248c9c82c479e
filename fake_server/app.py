"""The fake as an ASGI app: it sleeps the delays, and makes a drop real on the socket."""

from __future__ import annotations

import logging
import socket
import struct
from asyncio import WriteTransport
from typing import Dict, Optional

import anyio
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from .control import create_control
from .core import Drop, Fake, Reply, Request, Visit
from .core.operations import declared_length

__all__ = ["TRANSPORT", "create_app"]

TRANSPORT = "octamem.transport"
"""Name of the ASGI extension under which our server hands over the connection's transport."""

DRIP_PIECES = 8  # enough to see pacing, few enough that a test stays short
NO_BODY = (204, 304)
_log = logging.getLogger("fake_server")


def create_app(fake: Fake) -> Starlette:
    """Serve a fake: the service's endpoints, and the control API under /_fake/.

    A drop is real under `fake_server.server`; any other ASGI server sees it raised as ConnectionError or TimeoutError.
    """
    app = Starlette(routes=[Mount("/_fake", app=create_control(fake))])
    # Not a route of its own: "*" and an absolute URL are targets too, and fit no path that a route could name.
    app.router.default = _Service(fake)
    return app


class _ClientLeftError(Exception):
    """The client closed the connection before the exchange was over."""


class _Service:
    """The endpoints of the service: read, decide, deliver."""

    def __init__(self, fake: Fake) -> None:
        self._fake = fake

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
            return
        headers = _headers(scope)
        try:
            body = await _read(receive, headers, self._fake.body_limit(headers))
        except _ClientLeftError:
            return
        path = str(scope["path"])
        root = str(scope.get("root_path", ""))
        visit = self._fake.accept(Request(scope["method"], path.removeprefix(root), headers, body))
        try:
            await _serve(visit, scope, receive, send)
        finally:
            _log.info("%s", visit.entry.line())


async def _serve(visit: Visit, scope: Scope, receive: Receive, send: Send) -> None:
    if visit.wait and not await _still_there(receive, visit.wait):
        visit.abandon()
        return
    outcome = visit.decide()
    if outcome.delay and not await _still_there(receive, outcome.delay):
        visit.undelivered()
        return
    transport = scope.get("extensions", {}).get(TRANSPORT)
    if isinstance(outcome, Drop):
        await _drop(outcome, transport, receive)
    elif not await _deliver(outcome, transport, receive, send):
        visit.undelivered("the client left before the answer was over")


async def _drop(drop: Drop, transport: Optional[WriteTransport], receive: Receive) -> None:
    if transport is None:
        if drop.how == "hang":
            raise TimeoutError("the fake never answers this request")
        raise (ConnectionResetError if drop.how == "reset" else ConnectionAbortedError)(
            f"connection {drop.how} by the fake"
        )
    if drop.how == "reset":
        _reset(transport)
    elif drop.how == "close":
        transport.close()
    await _gone(receive)


async def _deliver(reply: Reply, transport: Optional[WriteTransport], receive: Receive, send: Send) -> bool:
    """Send a reply as it says; give False where the client left in the middle of a drip."""
    headers = [
        (name.encode("latin-1"), value.strip().encode("latin-1", "replace")) for name, value in reply.headers.items()
    ]
    if reply.status not in NO_BODY:
        headers.append((b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    if reply.cut is not None:
        await send({"type": "http.response.body", "body": reply.body[: reply.cut], "more_body": True})
        if transport is None:
            raise ConnectionAbortedError("connection closed by the fake in the middle of the body")
        transport.close()
        await _gone(receive)
        return True
    if reply.drip:
        size = max(1, -(-len(reply.body) // DRIP_PIECES))
        pieces = [reply.body[at : at + size] for at in range(0, len(reply.body), size)]
        for piece in pieces:
            if not await _still_there(receive, reply.drip / len(pieces)):
                return False
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b"" if reply.drip else reply.body})
    return True


def _reset(transport: WriteTransport) -> None:
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


async def _read(receive: Receive, headers: Dict[str, str], limit: int) -> bytes:
    """Read a body, but no further than one byte more than is allowed: what follows will be refused anyway."""
    if declared_length(headers) > limit:
        return b""
    chunks = []
    size = 0
    while size <= limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _ClientLeftError
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if not message.get("more_body", False):
            break
    return b"".join(chunks)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _still_there(receive: Receive, seconds: float) -> bool:
    """Wait; say whether the client is still connected afterwards."""
    with anyio.move_on_after(seconds):
        await _gone(receive)
        return False
    return True
