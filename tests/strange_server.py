"""A server that is no fake: tests say what it does with a connection, and nothing of it is left after them."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import Callable, Generator, List

__all__ = ["answering_with", "dripping", "strange_server"]

Talk = Callable[[socket.socket], None]


@contextmanager
def strange_server(talk: Talk) -> Generator[str, None, None]:
    """Give the URL of a server that lets `talk` have each connection, which it closes after it.

    In the end its threads are waited for, so `talk` must end once the client has left.
    """
    threads: List[threading.Thread] = []

    def serve(client: socket.socket) -> None:
        with client, suppress(OSError):
            talk(client)

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                threads.append(threading.Thread(target=serve, args=(client,), daemon=True))
                threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)  # on Linux, to close it would not wake who waits for a connection
            listening.close()
            for thread in (accepting, *threads):
                thread.join()


def answering_with(answer: bytes) -> Talk:
    """Answer the first request of a connection with some bytes and their end, and wait until the client has left.

    A socket that is closed on bytes that nobody read would reset its connection.
    """

    def talk(client: socket.socket) -> None:
        client.recv(65536)
        client.sendall(answer)
        client.shutdown(socket.SHUT_WR)
        while client.recv(65536):
            pass

    return talk


def dripping(client: socket.socket) -> None:
    """Answer with a head whose end never comes, a byte at a time, each long before a timeout of a socket."""
    client.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while not threading.Event().wait(0.01):
        client.sendall(b"x")
