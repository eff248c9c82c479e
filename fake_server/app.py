"""The fake as an ASGI app: which part of it answers a request, and how the request is read."""

from __future__ import annotations

from typing import Dict, Optional, Union

from .browser_headers import NOSNIFF
from .core import Fake, Request
from .core.service.checks import ROUTES, declared_length
from .core.transactions import Keeping
from .delivery import Delivery, Tell, log_request
from .indexing import Indexer
from .lazy import check_installed
from .paths import ROOT, leads_to
from .serving.at_once import Answered
from .serving.extensions import connection_of
from .serving.parsing import Head, fields_of
from .serving.state import App, Message, Receive, Send

__all__ = ["FakeApp", "create_app"]

_CONTROL = f"{ROOT}/"


def create_app(fake: Fake, keeper: Optional[Keeping] = None, tell: Tell = log_request) -> FakeApp:
    """Serve a fake: the service's endpoints, and the control API under /_fake/.

    With a keeper, an answer leaves once what it rests on is committed. `tell` is called with each attempt before its
    answer leaves; by default it logs the line of the attempt.

    A drop is real under `fake_server.server`; any other ASGI server sees it raised as ConnectionError or TimeoutError.
    """
    check_installed("starlette")  # the control API needs it, and loads later
    return FakeApp(fake, keeper, tell)


class FakeApp:
    """The app of one fake; the control API loads at the first request to it."""

    def __init__(self, fake: Fake, keeper: Optional[Keeping], tell: Tell) -> None:
        self._fake = fake
        self._keeper = keeper
        self._delivery = Delivery(keeper, tell)
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
                    await _answer(self._fake, self._delivery, path, scope, receive, send)
            finally:
                self._indexer.keep_up()
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        elif scope["type"] == "lifespan":
            await _lifespan(receive, send)

    def at_once(self, head: Head, body: bytes) -> Union[Answered, App, None]:
        """Answer a request that has come whole, as `serving.at_once` has it: one to the service, for nothing else."""
        path = head.parts[2]
        if path not in ROUTES or head.method != "POST":
            return None
        found = self._delivery.answer(self._fake.take(Request.trusted("POST", path, head.fields, body)))
        if not isinstance(found, Answered):
            return self._going_on(found)
        self._indexer.keep_up()
        return found

    def _going_on(self, app: App) -> App:
        """Let an app go on with a request, after which there may be something to index."""

        async def going_on(scope: Message, receive: Receive, send: Send) -> None:
            try:
                await app(scope, receive, send)
            finally:
                self._indexer.keep_up()

        return going_on

    def blank(self, text: str, own: str) -> str:
        """Return a text in which each key that the fake knows, and the sender's own, is blanked."""
        return str(self._fake.blanked(text, own))

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


async def _answer(fake: Fake, delivery: Delivery, path: str, scope: Message, receive: Receive, send: Send) -> None:
    """Answer a request to the service: read, decide, deliver."""
    headers = fields_of(scope["headers"])
    method = str(scope["method"])
    file = leads_to(method, path, headers.get("accept", ""))
    if file is not None:
        await _to_page(file, scope, receive, send)
        return
    connection = connection_of(scope)
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
    await delivery.serve(exchange, scope, receive, send, midway=midway)


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
