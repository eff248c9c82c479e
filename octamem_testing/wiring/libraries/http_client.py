"""http.client and urllib3, and so requests and urllib: their connections answer from the fake, or are refused."""

from __future__ import annotations

import io
import socket
import sys
from errno import ECONNREFUSED
from functools import partial
from http.client import HTTPS_PORT
from typing import Any, Iterator, List, Optional, Tuple

from octamem_testing.patches import Patch, Target, wrapping
from octamem_testing.wiring.leaving import leave, open_connection, require_allowed
from octamem_testing.wiring.outside import MakeError
from octamem_testing.wiring.refusals import admit, sending, sending_now
from octamem_testing.wiring.transport import FakeTransport
from octamem_testing.wiring.urls import Url, parsed, url_of

from .catching import caught
from .raw_http import Incoming, answer

__all__ = ["TARGETS"]

_TARGET = "_octamem_target"
_UNSENT = "_octamem_unsent"
"""The method of a request whose connection is yet to be opened."""


def _standard(module: Any) -> List[Tuple[Any, str, Patch]]:
    plain = (module.HTTPConnection, "connect", wrapping(_connect))
    secure = (module.HTTPSConnection, "connect", wrapping(_connect))
    return [plain, secure, (module.HTTPConnection, "putrequest", wrapping(_put_request))]


def _urllib3(module: Any) -> List[Tuple[Any, str, Patch]]:
    return [(each, "connect", wrapping(_connect)) for each in (module.HTTPConnection, module.HTTPSConnection)]


def _connect(original: Any, connection: Any) -> None:
    url = _destination(connection)
    transport = caught(url)
    if transport is None:
        admit(url, peer=_peer(connection))
        unsent = vars(connection).pop(_UNSENT, None)  # that of https calls the one of http
        method = (sending_now() or (url, ""))[1]
        with sending(url, method):
            open_connection(url, _refusal(connection))
            original(connection)
        if unsent is not None:
            leave(url, unsent, _refusal(connection))
        return
    connection.sock = _FakeSocket(transport, url, connection.timeout)
    if hasattr(connection, "is_verified"):
        connection.is_verified = True  # else urllib3 warns that nobody has checked the certificate
    if getattr(connection, "proxy", None) is not None:
        connection._has_connected_to_proxy = True  # noqa: SLF001 - else urllib3 takes each later error for the proxy's


def _put_request(original: Any, connection: Any, method: str, url: str, *arguments: Any, **options: Any) -> Any:
    absolute = parsed(url) if "://" in url.partition("?")[0] else None  # what a proxy is sent
    vars(connection)[_TARGET] = absolute
    vars(connection).pop(_UNSENT, None)
    destination = _destination(connection)
    if caught(destination) is None:
        if connection.sock is None:
            require_allowed(destination, method, _refusal(connection))
            vars(connection)[_UNSENT] = method
        else:
            admit(destination, peer=_peer(connection))
            leave(destination, method, _refusal(connection))
    elif connection.sock is not None and not isinstance(connection.sock, _FakeSocket):
        # A connection of before: http.client opens another one.
        former, connection.sock = connection.sock, None
        former.close()
    return original(connection, method, url, *arguments, **options)


def _refusal(connection: Any) -> MakeError:
    """Return what makes the error for a connection that is refused: urllib3 tries again after one of its own."""
    module: Any = sys.modules.get("urllib3.connection")
    if module is not None and isinstance(connection, module.HTTPConnection):
        return partial(module.NewConnectionError, connection)
    return partial(ConnectionRefusedError, ECONNREFUSED)


def _pools(module: Any) -> List[Tuple[Any, str, Patch]]:
    return [(module.HTTPConnectionPool, "urlopen", wrapping(_open))]


def _open(original: Any, pool: Any, method: str, url: str, *arguments: Any, **options: Any) -> Any:
    """Send a request, of which a connection does not know the method when it is opened."""
    absolute = parsed(url) if "://" in url.partition("?")[0] else None
    with sending(absolute or url_of(pool.scheme, pool.host, pool.port), method):
        return original(pool, method, url, *arguments, **options)


def _peer(connection: Any) -> Url:
    return url_of("", connection.host, connection.port)


def _destination(connection: Any) -> Url:
    absolute: Optional[Url] = vars(connection).get(_TARGET)
    if absolute is not None:
        return absolute
    tunnel = getattr(connection, "_tunnel_host", None)
    scheme = "https" if connection.default_port == HTTPS_PORT or tunnel else "http"
    host, port = (tunnel, connection._tunnel_port) if tunnel else (connection.host, connection.port)  # noqa: SLF001
    return url_of(scheme, host, port)


class _FakeSocket:
    """A socket whose other end is the fake."""

    def __init__(self, transport: FakeTransport, url: Url, timeout: Any) -> None:
        self._transport = transport
        self._incoming = Incoming(url)
        self._pieces: Iterator[bytes] = iter(())
        self._idle, self._other = socket.socketpair()  # for a library that looks whether the connection has ended
        self.settimeout(timeout)

    def sendall(self, data: Any, _flags: int = 0) -> None:
        """Receive bytes of the request; the fake has it once it has come whole."""
        request = self._incoming.receive(bytes(data), self._timeout)
        if request is not None:
            self._pieces = answer(self._transport, request)

    def send(self, data: Any, flags: int = 0) -> int:
        """Receive as `sendall` does."""
        self.sendall(data, flags)
        return len(data)

    def makefile(self, _mode: str = "rb", *_arguments: Any, **_options: Any) -> io.BufferedReader:
        """Return the answer as a file."""
        return io.BufferedReader(_Answer(self._pieces))

    def settimeout(self, seconds: Any) -> None:
        """Let a read take that many seconds; a number, or None for no limit."""
        self._timeout = float(seconds) if isinstance(seconds, (int, float)) else socket.getdefaulttimeout()

    def gettimeout(self) -> Optional[float]:
        """Return what `settimeout` was given."""
        return self._timeout

    def fileno(self) -> int:
        """Return the number of a socket on which nothing ever comes."""
        return self._idle.fileno()

    def close(self) -> None:
        """Close the connection."""
        self._idle.close()
        self._other.close()

    def shutdown(self, _how: int) -> None:
        """End the connection, on which nothing is left to come."""

    def setsockopt(self, *_arguments: Any) -> None:
        """Ignore the options of a network."""

    def getpeername(self) -> Tuple[str, int]:
        """Return an address of this machine."""
        return ("127.0.0.1", 0)


class _Answer(io.RawIOBase):
    """The pieces of an answer, as a file; its errors are those of a socket."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = b""

    def readable(self) -> bool:
        """Whether it can be read, which is always so."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read a piece, or what is left of one."""
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = piece
        size = min(len(buffer), len(self._left))
        buffer[:size], self._left = self._left[:size], self._left[size:]
        return size


TARGETS = (
    Target("http.client", _standard),
    Target("urllib3.connection", _urllib3),
    Target("urllib3.connectionpool", _pools),
)
