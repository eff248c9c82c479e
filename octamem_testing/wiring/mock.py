"""octamem_mock: every OctaMem call of the process reaches the fake, whichever client or SDK makes it."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from random import Random
from typing import TYPE_CHECKING, Generator, List, Optional, Tuple

import httpx

from fake_server.core.service.operations import ROUTES
from octamem.testing import base_urls, override

from .service import HOST, URL_VARIABLE
from .transport import FakeTransport

if TYPE_CHECKING:
    from fake_server.core import Fake
    from octamem_testing.virtual_time.clock import VirtualClock

__all__ = ["MockTransport", "mocked"]

CONTROL = "/_fake/"  # of a fake that is served: its control API is no part of the service
_PORTS = {"http": 80, "https": 443}


@contextmanager
def mocked(fake: Fake, clock: VirtualClock, transport: Optional[MockTransport] = None) -> Generator[None, None, None]:
    """Answer all OctaMem calls of this process from `fake` until the block ends, in any thread or task.

    Our clients are caught by `octamem.testing.override`, whatever transport or clock they were given, and wait on
    `clock`. Any other httpx client is caught where httpx meets the network (HTTPTransport and AsyncHTTPTransport),
    for requests to platform.octamem.com, to the base URL of one of our clients that is alive, or to
    OCTAMEM_BASE_URL; every other request passes through untouched. Blocks may be nested: the innermost answers.
    `transport` answers in the place of one that is made here.
    """
    transport = MockTransport(fake, clock) if transport is None else transport
    rng = Random(fake.settings().seed)  # noqa: S311 - jitter that repeats, no secret
    with ExitStack() as stack:
        stack.enter_context(override(transport=transport, async_transport=transport, clock=clock, rng=rng, force=True))
        stack.enter_context(_caught(transport))
        yield


class MockTransport(FakeTransport):
    """The fake under whatever path a base URL has in front of the service's own."""

    def path_of(self, request: httpx.Request) -> str:
        """Give the path below the base URL, as a gateway would hand it on."""
        path = request.url.path
        if path in ROUTES:
            return path
        return path[len(_prefix(request.url) or "") :] or "/"


@contextmanager
def _caught(transport: MockTransport) -> Generator[None, None, None]:
    passing = httpx.HTTPTransport.handle_request
    passing_async = httpx.AsyncHTTPTransport.handle_async_request

    def handle_request(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        return transport.handle_request(request) if _is_ours(request.url) else passing(self, request)

    async def handle_async_request(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        if _is_ours(request.url):
            return await transport.handle_async_request(request)
        return await passing_async(self, request)

    # On the classes: clients keep their transports for life, and some were built before the test began.
    httpx.HTTPTransport.handle_request = handle_request  # type: ignore[method-assign]
    httpx.AsyncHTTPTransport.handle_async_request = handle_async_request  # type: ignore[method-assign]
    try:
        yield
    finally:
        httpx.HTTPTransport.handle_request = passing  # type: ignore[method-assign]
        httpx.AsyncHTTPTransport.handle_async_request = passing_async  # type: ignore[method-assign]


def _is_ours(url: httpx.URL) -> bool:
    return _is_the_host(url) or _prefix(url) is not None


def _is_the_host(url: httpx.URL) -> bool:
    return url.host.rstrip(".") == HOST


def _prefix(url: httpx.URL) -> Optional[str]:
    """Give the path of the base URL that a URL lies under, often ""; None where it lies under none."""
    at = _origin(url)
    if not _is_the_host(url) and url.path.startswith(CONTROL):
        return None
    found = [path for origin, path in _bases() if origin == at and f"{url.path}/".startswith(f"{path}/")]
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
