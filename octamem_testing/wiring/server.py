"""octamem_server: one HTTP server a session, and behind it the fake of whichever test is running."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Awaitable, Callable, Generator, MutableMapping, Optional

from fake_server.app import create_app
from fake_server.server import serve_in_thread
from octamem_testing.context import OctaMemServer

if TYPE_CHECKING:
    from fake_server.core import Fake

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]

__all__ = ["Host", "hosting"]

NOBODY = b'{"error": "No test that uses octamem_server is running", "code": "NOT_FOUND"}'


class Host:
    """A running server whose fake can be exchanged."""

    def __init__(self) -> None:
        self.url = ""
        self._app: Optional[Callable[[Message, Receive, Send], Awaitable[None]]] = None

    @contextmanager
    def serving(self, fake: Fake) -> Generator[OctaMemServer, None, None]:
        """Let this fake answer until the block ends."""
        self._app = create_app(fake)
        try:
            yield OctaMemServer(self.url, fake.api_key, fake)
        finally:
            self._app = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Hand a request to the app of the moment; a straggler of a test that is over gets a 404."""
        if self._app is not None:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            headers = [(b"content-type", b"application/json"), (b"content-length", str(len(NOBODY)).encode())]
            await send({"type": "http.response.start", "status": 404, "headers": headers})
            await send({"type": "http.response.body", "body": NOBODY})


@contextmanager
def hosting() -> Generator[Host, None, None]:
    """Run a server in a thread until the block ends."""
    host = Host()
    with serve_in_thread(host) as running:
        host.url = running.url
        yield host
