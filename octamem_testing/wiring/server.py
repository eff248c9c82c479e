"""octamem_server: one HTTP server for the session, which serves the fake of the running test."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Awaitable, Callable, Generator, MutableMapping, Optional, cast

from fake_server.app import create_app
from fake_server.server import serve_in_thread
from octamem.testing import override
from octamem_testing.context import OctaMemServer
from octamem_testing.invariants.sightings import Sighting, sightings_of

from . import KEY_VARIABLE, URL_VARIABLE
from .blocks import unowned
from .mock import redirected_from_others
from .urls import OWN_SERVERS, Url, parsed
from .variables import environment, past_proxies

if TYPE_CHECKING:
    from fake_server.core import Exchange, Fake, Request
    from fake_server.core.messages import Outcome
    from octamem_testing.virtual_time.clock import VirtualClock

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]

__all__ = ["Host", "hosting", "reached"]

NO_TEST = b'{"error": "No test that uses octamem_server is running", "code": "NOT_FOUND"}'


class Host:
    """A running server whose fake can be replaced."""

    def __init__(self) -> None:
        self.url = ""
        self._in_flight = 0
        self._app: Optional[Callable[[Message, Receive, Send], Awaitable[None]]] = None

    @contextmanager
    def serving(self, fake: Fake) -> Generator[OctaMemServer, None, None]:
        """Serve this fake until the block ends."""
        self._app = create_app(cast("Fake", _SeenFake(fake)))
        try:
            yield OctaMemServer(self.url, fake.api_key, fake)
        finally:
            self._app = None

    def is_at_work(self) -> bool:
        """Whether a request is being answered, or held back."""
        return self._in_flight > 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass a request to the current app; a late request of a finished test gets a 404."""
        if self._app is not None:
            self._in_flight += 1
            try:
                await self._app(scope, receive, send)
            finally:
                self._in_flight -= 1
        elif scope["type"] == "http":
            headers = [(b"content-type", b"application/json"), (b"content-length", str(len(NO_TEST)).encode())]
            await send({"type": "http.response.start", "status": 404, "headers": headers})
            await send({"type": "http.response.body", "body": NO_TEST})


class _SeenFake:
    """A fake whose requests are seen on their way in: all else is the fake's own."""

    def __init__(self, fake: Fake) -> None:
        self._fake = fake

    def __getattr__(self, name: str) -> Any:
        return getattr(self._fake, name)

    def accept(self, request: Request) -> Exchange:
        return cast("Exchange", self._seen(self._fake.accept(request), request))

    def intercept(self, request: Request) -> Optional[Exchange]:
        exchange = self._fake.intercept(request)
        return None if exchange is None else cast("Exchange", self._seen(exchange, request))

    def _seen(self, exchange: Exchange, request: Request) -> _SeenExchange:
        sighting = sightings_of(self._fake).came(exchange.entry, request.headers, in_process=False)
        return _SeenExchange(self._fake, exchange, sighting)


class _SeenExchange:
    """An exchange of which it is seen when it is decided."""

    def __init__(self, fake: Fake, exchange: Exchange, sighting: Sighting) -> None:
        self._fake = fake
        self._exchange = exchange
        self._sighting = sighting

    def __getattr__(self, name: str) -> Any:
        return getattr(self._exchange, name)

    def decide(self) -> Outcome:
        outcome = self._exchange.decide()
        sightings_of(self._fake).ended(self._fake, self._sighting)
        return outcome

    def abandon(self) -> None:
        self._exchange.abandon()
        sightings_of(self._fake).ended(self._fake, self._sighting)


@contextmanager
def hosting() -> Generator[Host, None, None]:
    """Run a server in a thread until the block ends."""
    host = Host()
    with unowned():
        server = serve_in_thread(host)
        running = server.__enter__()
    host.url = running.url
    origin = (parsed(running.url) or Url("", "", 0)).origin
    OWN_SERVERS.add(origin)
    try:
        yield host
    finally:
        OWN_SERVERS.discard(origin)
        server.__exit__(None, None, None)


@contextmanager
def reached(server: OctaMemServer, clock: VirtualClock) -> Generator[None, None, None]:
    """Let the environment point to a server, past its proxies, until the block ends; our clients wait on `clock`.

    In a block that answers all calls from another fake, that of the server answers in its place.
    """
    values = {URL_VARIABLE: server.url, KEY_VARIABLE: server.api_key, **past_proxies(os.environ)}
    with redirected_from_others(server.fake, clock), environment(values), override(clock=clock):
        yield
