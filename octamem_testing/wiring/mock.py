"""octamem_mock: every OctaMem call of the process reaches the fake, from any client or SDK."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from random import Random
from typing import Generator, Optional

import httpx

from fake_server.core import Fake
from octamem.testing import override
from octamem_testing.checks import check_clock, check_fake
from octamem_testing.virtual_time.clock import VirtualClock

from . import ESCAPES_ALLOWED, KEY_VARIABLE
from .blocks import NOBODY, Block, Owner, current
from .guard import shut
from .refusals import HttpxEscapeError, check_host, judged, refuse_late
from .transport import FakeTransport
from .urls import Url, service_path, url_of
from .variables import environment

__all__ = ["MockTransport", "mocked", "redirected"]


@contextmanager
def mocked(fake: Optional[Fake] = None, *, clock: Optional[VirtualClock] = None) -> Generator[Fake, None, None]:
    """Answer all OctaMem calls of this process from a fake until the block ends, in any thread or task.

    It is what octamem_mock does, for scripts, unittest and fixtures of a wider scope. Without `fake`, a new one
    answers. `clock` is its clock, on which our clients wait. OCTAMEM_API_KEY is set to the fake's key. The block raises
    EscapeError at its end if a call was refused in it.
    """
    fake = Fake() if fake is None else fake
    check_fake(fake, "mocked")
    if clock is not None:
        check_clock(clock, "mocked")
    transport = MockTransport(fake, VirtualClock(fake) if clock is None else clock)
    with judged(), redirected(transport, Owner("mocked()")), environment({KEY_VARIABLE: fake.api_key}):
        yield fake


@contextmanager
def redirected(transport: MockTransport, owner: Optional[Owner] = None) -> Generator[None, None, None]:
    """Answer all OctaMem calls of this process by a transport until the block ends.

    - Our clients are redirected by `octamem.testing.override`, whatever transport or clock they have; they wait on the
      clock of `transport`.
    - The clients of other libraries are redirected where these meet the network, for requests to platform.octamem.com,
      to OCTAMEM_BASE_URL, or to the loopback base URL of a living client of ours.
    - Every other request goes to the network unchanged.

    Blocks may be nested: the innermost answers.
    """
    outer = current()
    owner = owner or (NOBODY if outer is None else outer.owner)
    allow = ESCAPES_ALLOWED[-1] if ESCAPES_ALLOWED else False
    clock = transport.clock
    rng = Random(transport.fake.settings().seed)  # noqa: S311 - jitter that repeats, no secret
    with ExitStack() as stack:
        stack.enter_context(override(transport=transport, async_transport=transport, clock=clock, rng=rng, force=True))
        stack.enter_context(shut(Block(transport.fake, owner, transport, allow=allow)))
        yield


class MockTransport(FakeTransport):
    """The fake where the service is: on its own host, and below the path of a gateway's base URL."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request; raises EscapeError if it is for another host, or from a thread whose test has ended."""
        _check(request)
        return super().handle_request(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request; raises EscapeError as `handle_request` does."""
        _check(request)
        return await super().handle_async_request(request)

    def path_of(self, request: httpx.Request) -> str:
        """Return the path below the base URL, as a gateway would forward it."""
        path = service_path(_url(request))
        return request.url.path if path is None else path


def _check(request: httpx.Request) -> None:
    url = _url(request)
    refuse_late(url, HttpxEscapeError)
    check_host(url)


def _url(request: httpx.Request) -> Url:
    url = request.url
    return url_of(url.scheme, url.host, url.port, url.path)
