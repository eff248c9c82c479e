"""octamem_mock: every OctaMem call of the process reaches the fake, from any client or SDK."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from random import Random
from typing import Generator, List, Optional

import httpx

from fake_server.core import Fake
from octamem.testing import override, sent_by
from octamem_testing.checks import check_clock, check_fake
from octamem_testing.virtual_time.clock import VirtualClock

from . import ESCAPES_ALLOWED, KEY_VARIABLE
from .blocks import BLOCKS, NOBODY, Block, Owner, current
from .guard import shut
from .outside import Outside
from .refusals import HttpxEscapeError, check_host, judged, refuse_late
from .transport import FakeTransport
from .urls import Url, service_path, url_of
from .variables import environment

__all__ = ["MockTransport", "kept", "mocked", "redirected", "redirected_from_others"]


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
def redirected(
    transport: MockTransport, owner: Optional[Owner] = None, *, outside: Optional[Outside] = None
) -> Generator[None, None, None]:
    """Answer all OctaMem calls of this process by a transport until the block ends.

    - Our clients are redirected by `octamem.testing.override`, whatever transport or clock they have; they wait on the
      clock of `transport`.
    - The clients of other libraries are redirected where these meet the network, for requests to platform.octamem.com,
      to OCTAMEM_BASE_URL, or to the loopback base URL of a living client of ours.
    - Every other request goes to the network unchanged, unless `outside` refuses it.

    Blocks may be nested: the innermost answers.
    """
    outer = current()
    owner = owner or (NOBODY if outer is None else outer.owner)
    allow = ESCAPES_ALLOWED[-1] if ESCAPES_ALLOWED else False
    clock = transport.clock
    rng = Random(transport.fake.settings().seed)  # noqa: S311 - jitter that repeats, no secret
    with ExitStack() as stack:
        stack.enter_context(override(transport=transport, async_transport=transport, clock=clock, rng=rng, force=True))
        stack.enter_context(shut(Block(transport.fake, owner, transport, allow=allow, outside=outside)))
        yield


@contextmanager
def redirected_from_others(fake: Fake, clock: VirtualClock) -> Generator[None, None, None]:
    """Answer all calls from a fake until the block ends, if another fake, such as that of a session, answers them."""
    outer = _outer(fake)
    if outer is None:
        yield
        return
    with redirected(MockTransport(fake, clock)):
        yield


@contextmanager
def kept(client: object, transport: FakeTransport, clock: VirtualClock) -> Generator[None, None, None]:
    """Keep a client on its own fake until the block ends, even if another fake answers all other clients."""
    outer = _outer(transport.fake)
    fork = next((each for each in _FORKS if each.own.fake is transport.fake), None)
    if fork is not None:
        fork.clients.append(client)
    if outer is None or fork is not None:
        yield
        return
    fork = _Fork(client, transport, outer)
    _FORKS.append(fork)
    try:
        with override(transport=fork, async_transport=fork, clock=clock, force=True):
            yield
    finally:
        _FORKS.remove(fork)


def _outer(fake: Fake) -> Optional[FakeTransport]:
    """Return what answers the calls of this process, None if nothing does or the fake itself."""
    found = next((each.transport for each in reversed(BLOCKS.open) if each.transport is not None), None)
    return None if found is None or found.fake is fake else found


class _Fork(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Where the requests of some clients, which have a fake of their own, part from those of all others."""

    def __init__(self, client: object, own: FakeTransport, others: FakeTransport) -> None:
        self.clients = [client]
        self.own = own
        self._others = others

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        return self._chosen(request).handle_request(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        return await self._chosen(request).handle_async_request(request)

    def _chosen(self, request: httpx.Request) -> FakeTransport:
        return self.own if any(sent_by(request, client) for client in self.clients) else self._others


_FORKS: List[_Fork] = []


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
