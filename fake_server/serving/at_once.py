"""Answers that an app gives at once, to requests that have come whole: without a task, and without messages of ASGI."""

from __future__ import annotations

from typing import Any, Awaitable, Callable, MutableMapping, NamedTuple, Optional, Tuple, Union

from .answer_heads import CLOSE, JOINED, length_line, status_line
from .parsing import Head

__all__ = ["Answered", "App", "AtOnce", "Message", "Receive", "Send", "at_once_of", "pieces_of"]

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


class Answered(NamedTuple):
    """An answer that is ready; `headers` are the lines of all but its length.

    `ended` is called if the connection ended with it, so that nobody knows whether it was read.
    """

    status: int
    headers: bytes
    body: bytes
    ended: Callable[[], None]


AtOnce = Callable[[Head, bytes], Union[Answered, App, None]]
"""What an app may do with the head and the body of a request: answer it, begin with it and return an app that goes on,
or do nothing and return None, so that it is asked as every app is."""


def at_once_of(app: Any) -> Optional[AtOnce]:
    """Return the `at_once` of an app, None if it has none."""
    found: Optional[AtOnce] = getattr(app, "at_once", None)
    return found


def pieces_of(answered: Answered, date: bytes, *, keep_alive: bool) -> Tuple[bytes, ...]:
    """Return an answer as it goes out, in one piece or two."""
    status, headers, body, _ = answered
    size = len(body)
    end = b"\r\n" if keep_alive else CLOSE + b"\r\n"
    if size > JOINED:
        return b"".join((status_line(status), date, headers, length_line(size), end)), body
    return (b"".join((status_line(status), date, headers, length_line(size), end, body)),)
