"""In a forked child: where the fake of the parent process is reached, since the child has only a copy of it."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Dict, Generator, Optional

import httpx

if TYPE_CHECKING:
    from fake_server.core import Fake

__all__ = ["PARENTS", "forward", "forward_async", "is_forwarding", "parent_of"]

PARENTS: Dict[int, str] = {}
"""The base URLs at which the parent serves the fakes, by the ids of their copies; empty if there is no copy."""

_FORWARDING: ContextVar[bool] = ContextVar("octamem-forwarding", default=False)
_HOP = (b"host", b"transfer-encoding", b"content-length")


def parent_of(fake: Fake) -> Optional[str]:
    """Return the base URL at which the parent process serves a fake, None if this one is no copy."""
    return PARENTS.get(id(fake)) if PARENTS else None


def is_forwarding() -> bool:
    """Whether the request that is being sent is one of those of `forward`."""
    return _FORWARDING.get()


def forward(url: str, request: httpx.Request, path: str) -> httpx.Response:
    """Send a request to the parent, and return its answer."""
    with _forwarding(), httpx.HTTPTransport() as transport:
        response = transport.handle_request(_addressed(url, request, request.read(), path))
        body = response.read()
    return httpx.Response(response.status_code, headers=response.headers.raw, stream=httpx.ByteStream(body))


async def forward_async(url: str, request: httpx.Request, path: str) -> httpx.Response:
    """Send a request to the parent as `forward` does."""
    with _forwarding():
        async with httpx.AsyncHTTPTransport() as transport:
            response = await transport.handle_async_request(_addressed(url, request, await request.aread(), path))
            body = await response.aread()
    return httpx.Response(response.status_code, headers=response.headers.raw, stream=httpx.ByteStream(body))


@contextmanager
def _forwarding() -> Generator[None, None, None]:
    former = _FORWARDING.set(True)
    try:
        yield
    finally:
        _FORWARDING.reset(former)


def _addressed(url: str, request: httpx.Request, body: bytes, path: str) -> httpx.Request:
    headers = [(name, value) for name, value in request.headers.raw if name.lower() not in _HOP]
    timeouts = {"timeout": request.extensions.get("timeout", {})}
    return httpx.Request(request.method, f"{url}{path}", headers=headers, content=body, extensions=timeouts)
