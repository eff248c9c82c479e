"""The doorway: an address on this machine at which child processes find the fake of the test that started them."""

from __future__ import annotations

import os
import re
import selectors
import socket
import threading
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any, Awaitable, Callable, Mapping, MutableMapping, Optional
from weakref import WeakKeyDictionary

from octamem_testing.virtual_time.primitives import in_real_time

from .blocks import BLOCKS, Block, unowned

if TYPE_CHECKING:
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    App = Callable[[Message, Receive, Send], Awaitable[None]]

__all__ = ["DOORWAY"]

NO_TEST = b'{"error": "The test that started this process has ended", "code": "NOT_FOUND"}'
NO_SERVER = (
    b'{"error": "A child process reaches the fake of its test over HTTP, which needs starlette: '
    b'pip install \\".[server]\\"", "code": "METHOD_NOT_SUPPORTED"}'
)
_SOCKET = socket.socket  # as it is before a test, or its plugin, replaces it
_PATH = re.compile(r"/test-(\d+)(?=/|$)")


class _Doorway:
    """A port that is opened for the first child, and served from its first connection on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listening: Optional[socket.socket] = None
        self._thread: Optional[threading.Thread] = None
        self._running = ExitStack()
        self._wake = (-1, -1)
        self._apps: WeakKeyDictionary[Block, App] = WeakKeyDictionary()

    def url(self, block: Block) -> str:
        """Return the base URL of a block's fake; the port is opened if it is not."""
        with self._lock:
            if self._listening is None:
                self._listening = _SOCKET(socket.AF_INET, socket.SOCK_STREAM)
                self._listening.bind(("127.0.0.1", 0))
                self._listening.listen(128)
            return f"http://127.0.0.1:{self._listening.getsockname()[1]}/test-{block.number}"

    def watch(self) -> None:
        """Wait for the first connection in a thread."""
        with self._lock:
            if self._thread is None and self._listening is not None:
                self._wake = os.pipe()
                with unowned(), in_real_time():
                    self._thread = threading.Thread(target=self._watch, name="octamem-doorway", daemon=True)
                    self._thread.start()

    def close(self) -> None:
        """Close the port, and end its threads."""
        with self._lock:
            thread, self._thread = self._thread, None
            listening, self._listening = self._listening, None
        if thread is not None:
            os.write(self._wake[1], b".")
            thread.join(10)
            for end in self._wake:
                os.close(end)
        self._running.close()
        if listening is not None:
            listening.close()

    def forget(self) -> None:
        """Leave the port to the parent, in a forked child."""
        self._lock = threading.Lock()
        if self._listening is not None:
            self._listening.close()
        self._listening = self._thread = None
        self._running = ExitStack()

    def is_alone_with(self, threads: int) -> bool:
        """Whether that many threads are the main one and those of the doorway."""
        names = [thread.name for thread in threading.enumerate()]
        return sum(name.startswith("octamem-") for name in names) + 1 >= threads

    def _watch(self) -> None:
        listening = self._listening
        if listening is None or not self._connected(listening):
            return
        try:
            from fake_server.server import serve_in_thread
        except ImportError:
            while self._connected(listening):
                _refuse(listening)
        else:
            with unowned():
                self._running.enter_context(serve_in_thread(self._serve, listening=listening))

    def _connected(self, listening: socket.socket) -> bool:
        """Wait until somebody connects; return False if the doorway is closed."""
        with selectors.DefaultSelector() as selector:
            selector.register(listening, selectors.EVENT_READ)
            selector.register(self._wake[0], selectors.EVENT_READ)
            return all(key.fileobj is listening for key, _ in selector.select())

    async def _serve(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass a request to the fake of the block that its path names."""
        named = _PATH.match(scope.get("path", ""))
        blocks = [each for each in BLOCKS.open if named and each.number == int(named[1])]
        if blocks and named and blocks[0].fake is not None:
            app = self._app(blocks[0])
            await app(_below(scope, named.end()), receive, send)
        elif scope["type"] == "http":
            headers = [(b"content-type", b"application/json"), (b"content-length", str(len(NO_TEST)).encode())]
            await send({"type": "http.response.start", "status": 404, "headers": headers})
            await send({"type": "http.response.body", "body": NO_TEST})

    def _app(self, block: Block) -> App:
        app = self._apps.get(block)
        if app is None:
            from fake_server.app import create_app

            fake: Any = block.fake
            app = self._apps[block] = create_app(fake)
        return app


def _below(scope: Mapping[str, Any], size: int) -> Message:
    """Return the scope of a request below a prefix of that length."""
    path, raw = scope["path"], scope.get("raw_path") or scope["path"].encode()
    return {**scope, "path": path[size:] or "/", "raw_path": raw[size:] or b"/"}


def _refuse(listening: socket.socket) -> None:
    """Tell a client that nothing can be served."""
    with suppress(OSError):
        connection, _ = listening.accept()
        with connection:
            connection.settimeout(1)
            connection.recv(65536)
            head = f"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: {len(NO_SERVER)}"
            connection.sendall(head.encode() + b"\r\nConnection: close\r\n\r\n" + NO_SERVER)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass


DOORWAY = _Doorway()
