"""A server that may be no fake: how long and how much it may answer, and in words why it did not."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, IncompleteRead, RemoteDisconnected
from typing import Generator

__all__ = ["MOST", "is_no_http", "reason_of", "within"]

MOST = 1 << 16  # bytes that are read of an answer to the question for its health, which takes a hundred


@contextmanager
def within(seconds: float, connection: HTTPConnection) -> Generator[None, None, None]:
    """Connect, and give an exchange so many seconds in all; raises TimeoutError beyond, however little comes at a time.

    A timeout of the socket is not enough: it begins again with each byte.
    """
    connection.connect()
    # Kept here, since http.client forgets the socket of an answer that ends with its connection.
    found, over = connection.sock, threading.Event()

    def end() -> None:
        over.set()
        with suppress(OSError):
            found.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, HTTPException):
        if over.is_set():
            raise TimeoutError from None
        raise
    finally:
        timer.cancel()
    if over.is_set():
        raise TimeoutError


def is_no_http(error: Exception) -> bool:
    """Return whether somebody answered with something else than HTTP."""
    return isinstance(error, HTTPException) and not isinstance(error, (ConnectionError, IncompleteRead))


def reason_of(error: Exception) -> str:
    """Return why no answer came, in words of ours: those of http.client may repeat what was sent."""
    if isinstance(error, (TimeoutError, socket.timeout)):
        return "no answer in time"
    if isinstance(error, RemoteDisconnected):
        return "the connection was closed without an answer"
    if isinstance(error, IncompleteRead):
        return "the connection was closed within the answer"
    if is_no_http(error):
        return "something that is no HTTP"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
