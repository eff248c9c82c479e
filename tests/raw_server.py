"""A server on a raw loopback socket that answers with whatever bytes, or with none, that a test gives it."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import Callable, Iterator, List, Sequence, Union

Behaviour = Callable[[socket.socket], None]
Act = Union[bytes, Behaviour]


def reset(connection: socket.socket) -> None:
    """Cut the connection with a RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silence(connection: socket.socket) -> None:
    """Say nothing until the other side hangs up."""
    with contextlib.suppress(OSError):
        while connection.recv(4096):
            pass


def drip(data: bytes, pause: float) -> Behaviour:
    """Send the bytes one by one, with a pause before each."""

    def act(connection: socket.socket) -> None:
        waiter = threading.Event()
        with contextlib.suppress(OSError):
            for index in range(len(data)):
                waiter.wait(pause)
                connection.sendall(data[index : index + 1])

    return act


def endless(head: bytes, chunk: bytes) -> Behaviour:
    """Send the head, and then the chunk again and again until the other side hangs up."""

    def act(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection.sendall(head)
            while True:
                connection.sendall(chunk)

    return act


def then_end(data: bytes) -> Behaviour:
    """Read some bytes, send the data and a FIN, and read on until the other side hangs up.

    A socket that is closed on bytes that nobody read would reset its connection.
    """

    def act(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        silence(connection)

    return act


def then_reset(data: bytes, *, patience: float = 0.2) -> Behaviour:
    """Send the bytes, then cut the connection with a RST, after so many seconds where the other side stays on."""

    def act(connection: socket.socket) -> None:
        connection.sendall(data)
        # The bytes must be read before the RST makes the kernel of the other side drop them: until it hangs up, if
        # it has the whole answer, or long enough.
        connection.settimeout(patience)
        with contextlib.suppress(OSError):
            connection.recv(1)
        reset(connection)

    return act


def reply(status: int = 200, body: bytes = b'{"success": true}', **headers: str) -> bytes:
    """Return a whole HTTP answer; header names are given with underscores."""
    fields = {"content_type": "application/json", "content_length": str(len(body)), "connection": "close", **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} Words\r\n{lines}\r\n".encode("latin-1") + body


class Server:
    """Answers the n-th request with the n-th act, the last one for ever after, and keeps what it was sent."""

    def __init__(self, acts: Sequence[Act], *, at_once: Union[Behaviour, None] = None) -> None:
        self.acts = list(acts)
        self._at_once = at_once
        self.requests: List[bytes] = []
        self.connections = 0
        self.ending = threading.Event()
        self._lock = threading.Lock()
        self._threads: List[threading.Thread] = []
        self._open: List[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                self._open.append(connection)
                thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
                self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            if self._at_once is not None:
                self._at_once(connection)
                return
            while True:
                request = read_request(connection)
                if request is None:
                    return
                with self._lock:
                    self.requests.append(request)
                    act = self.acts[min(len(self.requests), len(self.acts)) - 1]
                if not isinstance(act, bytes):
                    act(connection)
                    return
                connection.sendall(act)
                if b"connection: close" in act.lower():
                    return

    def close(self) -> None:
        """Stop listening, hang up and wait for the threads."""
        self.ending.set()
        with contextlib.suppress(OSError):
            # Wakes the thread in accept(), which closing alone would not.
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join(5)
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)


def read_request(connection: socket.socket) -> Union[bytes, None]:
    """Return one HTTP request with a Content-Length, or None at the end of the connection."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return None
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    parts = [body]
    missing = length - len(body)
    while missing > 0:
        part = connection.recv(1 << 20)
        if not part:
            return None
        parts.append(part)
        missing -= len(part)
    return head + b"\r\n\r\n" + b"".join(parts)


@contextlib.contextmanager
def serving(*acts: Act, at_once: Union[Behaviour, None] = None) -> Iterator[Server]:
    """Run a server for the length of a block."""
    server = Server(acts, at_once=at_once)
    try:
        yield server
    finally:
        server.close()
