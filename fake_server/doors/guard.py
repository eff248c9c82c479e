"""The guard in front of a served fake: it passes on the requests that the rules allow, and answers the others."""

from __future__ import annotations

import dataclasses
import logging
from typing import Callable, Dict, Iterable, List, Optional, Set, Tuple, Union

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fake_server.browser_headers import CONTROL_HEADERS
from fake_server.core.json_body import encode
from fake_server.core.known_keys import KnownKeys
from fake_server.core.service.checks import bearer
from fake_server.core.wording import Audience, read_by
from fake_server.paths import ROOT
from fake_server.serving.at_once import Answered, App, at_once_of
from fake_server.serving.extensions import TARGET
from fake_server.serving.parsing import Head, Headers

from .cors import is_preflight
from .head import Refusal, RequestHead, value_shown
from .rules import Rules

__all__ = ["Guard"]

_KNOWN = 64  # hosts that are remembered; a client uses one
_OF_BROWSERS = frozenset({b"origin", b"sec-fetch-site"})
_log = logging.getLogger("fake_server")


class Guard:
    """An ASGI app that passes on the requests that its rules allow, and answers the others itself.

    `blank` returns a text without the keys that are known and without that of the sender.
    """

    def __init__(self, app: ASGIApp, rules: Rules, blank: Optional[Callable[[str, str], str]] = None) -> None:
        self._app = app
        self._rules = rules
        self._at_once = at_once_of(app)
        self._blank = blank or KnownKeys().blank
        self._known: Set[bytes] = set()

    def at_once(self, head: Head, body: bytes) -> Union[Answered, App, None]:
        """Let the app answer at once what a program sends to a host that was let through before."""
        if self._at_once is None:
            return None
        if head.passed is not self:  # the rules do not change
            authority, _, path, _ = head.parts
            if authority is not None or _host_of_program(path, head.headers) not in self._known:
                return None
            head.passed = self
        return self._at_once(head, body)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a refused request without reading its body."""
        host: Optional[bytes] = None
        if scope["type"] == "http" and TARGET not in scope.get("extensions", ()):
            host = _host_of_program(scope["path"], scope["headers"])
        if (host is not None and host in self._known) or scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        head = _read_head(scope)
        own = bearer({"authorization": next(iter(head.all("authorization")), "")}) or ""
        with read_by(Audience(lambda text: self._blank(text, own))):  # a message cuts what it repeats
            refusal = self._rules.refusal(head)
            what = f"{head.method} {value_shown(head.path)}" if refusal is not None else ""
        if refusal is None:
            if host is not None and len(self._known) < _KNOWN:
                self._known.add(host)
            await self._pass(head, scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            why = self._blank(refusal.message, own)
            _log.info("refused %s: %s", self._blank(what, own), why)
            await _answer(dataclasses.replace(refusal, message=why), send)

    async def _pass(self, head: RequestHead, scope: Scope, receive: Receive, send: Send) -> None:
        cors = self._rules.cors
        if scope["type"] != "http" or not cors.admits(head):
            await self._app(scope, receive, send)
        elif is_preflight(head):
            await send({"type": "http.response.start", "status": 204, "headers": cors.preflight_headers(head)})
            await send({"type": "http.response.body"})
        else:
            await self._app(scope, receive, _with(cors.answer_headers(head), send))


def _host_of_program(path: str, headers: Headers) -> Optional[bytes]:
    """Return the Host of a request that no browser sends and that goes to the service; None for any other.

    On such a request, if its target is in origin form, the rules judge the Host alone, and judge it once.
    """
    if path.startswith(ROOT):
        return None
    host: Optional[bytes] = None
    for name, value in headers:
        if name in _OF_BROWSERS or (name == b"host" and host is not None):
            return None
        if name == b"host":
            host = value
    return host


def _with(more: Iterable[Tuple[bytes, bytes]], send: Send) -> Send:
    """Return a `send` that adds headers to an answer."""

    async def send_with(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *more]}
        await send(message)

    return send_with


async def _answer(refusal: Refusal, send: Send) -> None:
    body = encode({"error": refusal.message, "code": refusal.code})
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        *refusal.headers,
        *CONTROL_HEADERS,
    ]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _read_head(scope: Scope) -> RequestHead:
    headers: Dict[str, List[str]] = {}
    for name, value in scope["headers"]:
        headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1").strip(" \t"))
    # The handshake of a WebSocket is a GET, but it opens a stream.
    method = str(scope.get("method", "WEBSOCKET"))
    return RequestHead(method, str(scope["path"]), headers, scope.get("extensions", {}).get(TARGET))
