"""octamem_mock: every OctaMem call of the process reaches the fake, from any client or SDK."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from random import Random
from typing import TYPE_CHECKING, Generator, List, Optional, Tuple

import httpx

from fake_server.core.service.operations import ROUTES
from octamem.testing import base_urls, override

from . import HOST, URL_VARIABLE
from .transport import FakeTransport

if TYPE_CHECKING:
    from fake_server.core import Fake
    from octamem_testing.virtual_time.clock import VirtualClock

__all__ = ["MockTransport", "mocked"]

CONTROL = "/_fake/"  # the control API of a served fake is no part of the service
_PORTS = {"http": 80, "https": 443}


@contextmanager
def mocked(fake: Fake, clock: VirtualClock, transport: Optional[MockTransport] = None) -> Generator[None, None, None]:
    """Answer all OctaMem calls of this process from `fake` until the block ends, in any thread or task.

    - Our clients are redirected by `octamem.testing.override`, whatever transport or clock they have; they wait on
      `clock`.
    - Any other httpx client is redirected in HTTPTransport and AsyncHTTPTransport, for requests to
      platform.octamem.com, to the base URL of a living client of ours, or to OCTAMEM_BASE_URL.
    - Every other request goes to the network unchanged.

    Blocks may be nested: the innermost answers. `transport` answers instead of a new MockTransport.
    """
    transport = MockTransport(fake, clock) if transport is None else transport
    rng = Random(fake.settings().seed)  # noqa: S311 - jitter that repeats, no secret
    with ExitStack() as stack:
        stack.enter_context(override(transport=transport, async_transport=transport, clock=clock, rng=rng, force=True))
        stack.enter_context(_httpx_redirected(transport))
        yield


class MockTransport(FakeTransport):
    """The fake below any path that a base URL has before the service's own."""

    def path_of(self, request: httpx.Request) -> str:
        """Return the path below the base URL, as a gateway would forward it."""
        path = request.url.path
        if path in ROUTES:
            return path
        return path[len(_prefix(request.url) or "") :] or "/"


@contextmanager
def _httpx_redirected(transport: MockTransport) -> Generator[None, None, None]:
    original = httpx.HTTPTransport.handle_request
    original_async = httpx.AsyncHTTPTransport.handle_async_request

    def handle_request(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        return transport.handle_request(request) if _is_ours(request.url) else original(self, request)

    async def handle_async_request(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        if _is_ours(request.url):
            return await transport.handle_async_request(request)
        return await original_async(self, request)

    # On the classes, because clients keep their transports, and some were built before the test began.
    httpx.HTTPTransport.handle_request = handle_request  # type: ignore[method-assign]
    httpx.AsyncHTTPTransport.handle_async_request = handle_async_request  # type: ignore[method-assign]
    try:
        yield
    finally:
        httpx.HTTPTransport.handle_request = original  # type: ignore[method-assign]
        httpx.AsyncHTTPTransport.handle_async_request = original_async  # type: ignore[method-assign]


def _is_ours(url: httpx.URL) -> bool:
    return _is_the_host(url) or _prefix(url) is not None


def _is_the_host(url: httpx.URL) -> bool:
    return url.host.rstrip(".") == HOST


def _prefix(url: httpx.URL) -> Optional[str]:
    """Return the path of the base URL that a URL lies below, often ""; None if there is none."""
    own_origin = _origin(url)
    if not _is_the_host(url) and url.path.startswith(CONTROL):
        return None
    found = [path for origin, path in _bases() if origin == own_origin and f"{url.path}/".startswith(f"{path}/")]
    return max(found, key=len, default=None)


def _bases() -> List[Tuple[Tuple[str, str, Optional[int]], str]]:
    bases = []
    for text in (*base_urls(), os.environ.get(URL_VARIABLE, "").strip()):
        try:
            url = httpx.URL(text)
        except httpx.InvalidURL:
            continue
        if url.host:
            bases.append((_origin(url), url.path.rstrip("/")))
    return bases


def _origin(url: httpx.URL) -> Tuple[str, str, Optional[int]]:
    return url.scheme, url.host.rstrip("."), url.port or _PORTS.get(url.scheme)
