"""Messages between processes: bytes over a pipe, each after its length."""

from __future__ import annotations

import os
import select
from typing import Optional

from octamem_testing.virtual_time.threads.turns import real_time

__all__ = ["Inbox", "send"]

_HEAD = 8  # bytes that say how many follow
_MOST_READ = 1 << 20


def send(descriptor: int, message: bytes) -> None:
    """Write a message to a pipe, and wait until there is room for it."""
    view = memoryview(len(message).to_bytes(_HEAD, "big") + message)
    while view:
        view = view[os.write(descriptor, view) :]


class Inbox:
    """The messages that arrive at the reading end of a pipe."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._arrived = bytearray()
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLIN)

    def receive(self, seconds: Optional[float] = None) -> Optional[bytes]:
        """Return the next message, None if so many real seconds pass before it is there; None waits for ever.

        Raises EOFError if nobody can write to the pipe any more.
        """
        until = None if seconds is None else real_time() + seconds
        while True:
            size = _HEAD + int.from_bytes(self._arrived[:_HEAD], "big")
            if len(self._arrived) >= _HEAD and len(self._arrived) >= size:
                message = bytes(self._arrived[_HEAD:size])
                del self._arrived[:size]
                return message
            if not self._poll.poll(None if until is None else 1000 * max(0.0, until - real_time())):
                return None
            piece = os.read(self._descriptor, _MOST_READ)
            if not piece:
                raise EOFError
            self._arrived += piece
