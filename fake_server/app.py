"""The fake as an ASGI app: it sleeps the delays, and makes a drop real on the socket."""

from __future__ import annotations

import logging
from typing import Dict, List, Optional

from .browser_headers import NOSNIFF
from .core import Drop, Exchange, Fake, Reply, Request
from .core.messages import NO_BODY
from .core.service.checks import declared_length
from .core.transactions import Keeping
from .indexing import Indexer, in_slices
from .lazy import check_installed
from .paths import ROOT, leads_to
from .serving.extensions import Droppable, connection_of
from .serving.state import App, Message, Receive, Send

__all__ = ["FakeApp", "create_app"]

_CONTROL = f"{ROOT}/"
_DROPPED = {"reset": "reset", "close": "closed"}
_log = logging.getLogger("fake_server")


def create_app(fake: Fake, keeper: Optional[Keeping] = None) -> FakeApp:
    """Serve a fake: the service's endpoints, and the control API under /_fake/.

    With a keeper, an answer leaves once what it rests on is committed.

    A drop is real under `fake_server.server`; any other ASGI server sees it raised as ConnectionError or TimeoutError.
    """
    check_installed("starlette")  # the control API needs it, and loads later
    return FakeApp(fake, keeper)


class FakeApp:
    """The app of one fake; the control API loads at the first request to it."""

    def __init__(self, fake: Fake, keeper: Optional[Keeping]) -> None:
        self._fake = fake
        self._keeper = keeper
        self._control: Optional[App] = None
        self._indexer = Indexer(fake)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            path = _path(scope)
            try:
                if path == ROOT:
                    await _to_page("", scope, receive, send, status=307)
                elif path.startswith(_CONTROL):
                    # Not by a Mount of Starlette, whose paths hold no line end: its 404 would be none of ours.
                    await self.control()({**scope, "root_path": f"{scope.get('root_path', '')}{ROOT}"}, receive, send)
                else:
                    await _answer(self._fake, self._keeper, path, scope, receive, send)
            finally:
                self._indexer.keep_up()
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        elif scope["type"] == "lifespan":
            await _lifespan(receive, send)

    def control(self) -> App:
        """Return the control API."""
        if self._control is None:
            from .control.routes import create_control

            self._control = create_control(self._fake, self._keeper)
        return self._control


async def _to_page(file: str, scope: Message, receive: Receive, send: Send, *, status: int = 303) -> None:
    """Lead a browser to a file of the page."""
    from starlette.responses import RedirectResponse

    answer = RedirectResponse(f"{scope.get('root_path', '')}{ROOT}/{file}", status)
    answer.headers[NOSNIFF[0].decode()] = NOSNIFF[1].decode()
    await answer(scope, receive, send)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return


class _ClientLeftError(Exception):
    """The client closed the connection before the exchange was over."""


def _path(scope: Message) -> str:
    path, root = str(scope["path"]), scope.get("root_path")
    return path.removeprefix(root) if root else path


async def _answer(
    fake: Fake, keeper: Optional[Keeping], path: str, scope: Message, receive: Receive, send: Send
) -> None:
    """Answer a request to the service: read, decide, deliver."""
    headers = _headers(scope)
    method = str(scope["method"])
    file = leads_to(method, path, headers.get("accept", ""))
    if file is not None:
        await _to_page(file, scope, receive, send)
        return
    connection = connection_of(scope)
    midway = False
    body = None if connection is None else connection.whole_body()
    if body is not None:
        exchange = fake.accept(Request.trusted(method, path, headers, body))
    else:
        reading = _Reading(receive, headers, fake.body_limit(headers))
        try:
            begun = await reading.first()
            intercepted = fake.intercept(Request.trusted(method, path, headers, begun)) if reading.more else None
            exchange = intercepted or fake.accept(Request.trusted(method, path, headers, await reading.whole()))
        except _ClientLeftError:
            return
        midway = intercepted is not None and reading.more
        if connection is not None and reading.more:
            connection.be_patient()
    exchange.follow()
    try:
        await _serve(exchange, keeper, connection, receive, send, midway=midway)
    finally:
        exchange.over(confirmed=connection is None or not connection.is_closing())


async def _serve(
    exchange: Exchange,
    keeper: Optional[Keeping],
    connection: Optional[Droppable],
    receive: Receive,
    send: Send,
    *,
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
    if isinstance(outcome, Drop):
        await _drop(outcome, connection, receive, midway=midway)
        return
    if not outcome.drip:
        exchange.over()  # before the answer goes out, for the same reason
    await send(_head(outcome))
    if outcome.cut is None and not outcome.drip:
        await send({"type": "http.response.body", "body": outcome.body})
    elif not await _in_pieces(outcome, connection, receive, send):
        exchange.undelivered("the client left before the answer was over")


def _log_line(exchange: Exchange) -> None:
    if _log.isEnabledFor(logging.INFO):  # the line itself takes longer than asking
        _log.info("%s", exchange.entry.line(), extra={"facts": exchange.entry.facts})


async def _drop(drop: Drop, connection: Optional[Droppable], receive: Receive, *, midway: bool) -> None:
    if connection is None:
        if drop.how == "hang":
            raise TimeoutError("the fake never answers this request")
        raise (ConnectionResetError if drop.how == "reset" else ConnectionAbortedError)(
            f"connection {_DROPPED[drop.how]} by the fake"
        )
    if drop.how == "reset":
        connection.reset()
    elif drop.how == "close":
        connection.close()
    else:
        if midway:
            connection.stall()
        await _gone(receive)


def _head(reply: Reply) -> Message:
    headers = [
        (name.encode("latin-1"), value.strip().encode("latin-1", "replace")) for name, value in reply.headers.items()
    ]
    if reply.status not in NO_BODY and not reply.chunked:  # the HTTP server sends in chunks what declares no length
        headers.append((b"content-length", str(len(reply.body)).encode()))
    headers.append(NOSNIFF)
    return {"type": "http.response.start", "status": reply.status, "headers": headers}


async def _in_pieces(reply: Reply, connection: Optional[Droppable], receive: Receive, send: Send) -> bool:
    """Send a body that is cut, or with the delays of a drip; return False if the client left in the middle of it."""
    if reply.cut is not None:
        await send({"type": "http.response.body", "body": reply.body[: reply.cut], "more_body": True})
        if connection is None:
            raise ConnectionAbortedError("connection closed by the fake in the middle of the body")
        connection.close()
        return True
    await send({"type": "http.response.body", "body": b"", "more_body": True})  # the head goes out at once
    for seconds, piece in reply.dripped():
        if not await _still_there(receive, seconds):
            return False
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
    return True


def _headers(scope: Message) -> Dict[str, str]:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    if len(headers) < len(scope["headers"]):
        values: Dict[str, List[str]] = {}
        for name, value in scope["headers"]:
            values.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
        return {name: ", ".join(each) for name, each in values.items()}
    return headers


class _Reading:
    """A body as it comes, read at most one byte beyond the limit: a longer one is refused anyway."""

    def __init__(self, receive: Receive, headers: Dict[str, str], limit: int) -> None:
        self.more = True
        self._receive = receive
        self._limit = limit
        self._refused = declared_length(headers) > limit
        self._body = b""

    async def first(self) -> bytes:
        """Read the first chunk, but nothing of a body that is announced as too large."""
        if not self._refused:
            message = await self._next()
            self._body = message.get("body", b"")
        return self._body

    async def whole(self) -> bytes:
        """Read the rest of the body, up to the limit, and return it all."""
        if not self.more:
            return self._body
        body = bytearray(self._body)
        while self.more and not self._refused and len(body) <= self._limit:
            body += (await self._next()).get("body", b"")
        return bytes(body)

    async def _next(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise _ClientLeftError
        self.more = bool(message.get("more_body", False))
        return message


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _still_there(receive: Receive, seconds: float) -> bool:
    """Wait, and return whether the client is still connected afterwards."""
    import anyio

    with anyio.move_on_after(seconds):
        await _gone(receive)
        return False
    return True
