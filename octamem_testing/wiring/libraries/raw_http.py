"""Raw HTTP: the bytes that a library sends on a connection, as a request to the fake; and its answer as bytes."""

from __future__ import annotations

import socket
from typing import AsyncIterator, Dict, Iterator, List, Optional, Tuple

import h11
import httpx

from octamem_testing.wiring.transport import FakeTransport
from octamem_testing.wiring.urls import Url, parsed

__all__ = ["Incoming", "answer", "answer_async"]

_ENDS = b"0\r\n\r\n"


class Incoming:
    """The request that comes on a connection, piece by piece."""

    def __init__(self, destination: Url) -> None:
        self._connection = h11.Connection(h11.SERVER)
        self._base = destination._replace(path="")
        self._head: Optional[h11.Request] = None
        self._body: List[bytes] = []

    def receive(self, data: bytes, timeout: Optional[float]) -> Optional[httpx.Request]:
        """Return the request once it has come whole, None before; `timeout` is that of a read, in seconds."""
        self._connection.receive_data(data)
        while True:
            event = self._connection.next_event()
            if isinstance(event, h11.Request):
                self._head = event
            elif isinstance(event, h11.Data):
                self._body.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                return self._request(timeout)
            else:
                return None

    def _request(self, timeout: Optional[float]) -> httpx.Request:
        head = self._head
        assert head is not None
        target = head.target.decode("latin-1")
        url = target if parsed(target) else f"{self._base}{target}"
        headers: List[Tuple[bytes, bytes]] = list(head.headers)
        extensions: Dict[str, object] = {"timeout": {"read": timeout}}
        return httpx.Request(
            head.method.decode(), url, headers=headers, content=b"".join(self._body), extensions=extensions
        )


def answer(transport: FakeTransport, request: httpx.Request) -> Iterator[bytes]:
    """Yield the bytes of the answer; raises what a socket does for a drop, and ends early where one is closed."""
    try:
        response = transport.handle_request(request)
        yield _head(response)
        for piece in response.iter_raw():
            yield _chunk(response, piece)
        yield _end(response)
    except httpx.RemoteProtocolError:
        return  # a closed connection is no error to whoever reads it
    except httpx.ReadTimeout:
        raise socket.timeout("timed out") from None  # another class than TimeoutError before Python 3.10
    except httpx.ReadError as error:
        raise ConnectionResetError(*getattr(error.__cause__, "args", ())) from None


async def answer_async(transport: FakeTransport, request: httpx.Request) -> AsyncIterator[bytes]:
    """Yield the bytes of the answer as `answer` does."""
    try:
        response = await transport.handle_async_request(request)
        yield _head(response)
        async for piece in response.aiter_raw():
            yield _chunk(response, piece)
        yield _end(response)
    except httpx.RemoteProtocolError:
        return
    except httpx.ReadTimeout:
        raise TimeoutError("timed out") from None
    except httpx.ReadError as error:
        raise ConnectionResetError(*getattr(error.__cause__, "args", ())) from None


def _head(response: httpx.Response) -> bytes:
    lines = [f"HTTP/1.1 {response.status_code} {response.reason_phrase}".encode()]
    lines += [name + b": " + value for name, value in response.headers.raw]
    # No connection to the fake outlives its answer: the library keeps connections for longer than a test.
    lines += [b"Connection: close"]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _is_chunked(response: httpx.Response) -> bool:
    return (b"transfer-encoding", b"chunked") in response.headers.raw


def _chunk(response: httpx.Response, piece: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(piece), piece) if piece and _is_chunked(response) else piece


def _end(response: httpx.Response) -> bytes:
    return _ENDS if _is_chunked(response) else b""
