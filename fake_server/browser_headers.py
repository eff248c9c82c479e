"""The headers that tell a browser what it may do with an answer."""

from __future__ import annotations

from typing import Tuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["CONTROL_HEADERS", "NOSNIFF", "Confined"]

NOSNIFF = (b"x-content-type-options", b"nosniff")
"""The header that lets a browser read an answer only as the type that it says."""

_POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)

CONTROL_HEADERS: Tuple[Tuple[bytes, bytes], ...] = (
    NOSNIFF,
    (b"content-security-policy", _POLICY.encode()),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)
"""The headers of the control API and its page: nobody frames, embeds, opens, sniffs or keeps what they answer."""


class Confined:
    """An ASGI app whose answers have the headers of the control API, except those that it sets itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""

        async def confined(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                names = {name.lower() for name, _ in headers}
                more = [header for header in CONTROL_HEADERS if header[0] not in names]
                message = {**message, "headers": [*headers, *more]}
            await send(message)

        await self._app(scope, receive, confined)
