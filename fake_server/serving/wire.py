"""The writing end of a connection: answers, back-pressure, and each way to end it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import Optional

from .state import ServerState
from .waits import Waiting

__all__ = ["Wire"]


class Wire(Waiting):
    """What a request does to its connection, whichever event loop and parser it has."""

    transport: asyncio.Transport

    def __init__(self, state: ServerState) -> None:
        self.state = state
        self.parting = False  # nothing of what still comes is read as a request
        self.is_held = False  # whether an answer on it waits in the outbox: all that is sent later comes after it
        self._stalled = False
        self._is_reading = True
        self._unread = 0  # bytes that would wait by now if the client had read none since it is watched
        self._writable: Optional[asyncio.Event] = None

    def write(self, data: bytes) -> None:
        """Send bytes, and watch that the client reads them."""
        self._send_held()
        transport = self.transport
        transport.write(data)
        left = transport.get_write_buffer_size()
        if left:
            self._watch(left, len(data))

    def _send_held(self) -> None:
        if self.is_held:
            self.state.outbox.flush()

    def _watch(self, left: int, added: int = 0) -> None:
        if self in self.state.write:
            self._unread += added
        else:
            self._unread = left
            self.state.write.begin(self, self.state.now())

    @property
    def is_full(self) -> bool:
        """Whether the client has much to read still."""
        return self._writable is not None

    async def drained(self) -> None:
        """Wait until the client has read enough of what was sent."""
        if self._writable is not None:
            await self._writable.wait()

    def pause_writing(self) -> None:
        """Learn that too much waits to be read; asyncio calls this."""
        self._writable = asyncio.Event()

    def resume_writing(self) -> None:
        """Learn that little waits to be read; asyncio calls this."""
        if self._writable is not None:
            self._writable.set()
            self._writable = None

    def pause_reading(self) -> None:
        """Take in nothing more for now."""
        if self._is_reading and not self.transport.is_closing():
            self._is_reading = False
            self.transport.pause_reading()

    def resume_reading(self) -> None:
        """Take in more."""
        if not self._is_reading and not self._stalled and not self.transport.is_closing():
            self._is_reading = True
            self.transport.resume_reading()

    def nodelay(self) -> None:
        """Let small answers go out at once."""
        # asyncio does so itself only if the listening socket names its protocol; without it, each answer on a
        # connection that is kept alive waits 40 ms for the client's acknowledgement of the one before.
        with contextlib.suppress(OSError):
            self._socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _socket(self) -> socket.socket:
        found: socket.socket = self.transport.get_extra_info("socket")
        return found

    # Each way to end it

    def close(self) -> None:
        """Send what is left, and a FIN."""
        self._send_held()
        self.transport.close()

    def reset(self) -> None:
        """Send a RST: closing a socket that may not linger sends one in place of a FIN."""
        self._send_held()
        with contextlib.suppress(OSError):  # the client has left already
            self._socket().setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def abort(self) -> None:
        """End the connection at once, whatever is not sent yet."""
        self.transport.abort()

    def part(self) -> None:
        """Send what is left, and a FIN; read past what still comes, and close once the client has left.

        Closing with unread bytes would send a RST, which takes from the client what it has not read yet.
        """
        self._wait_for_the_end()
        self._write_eof()

    def turn_away(self, answer: bytes) -> None:
        """Send an answer and a FIN to a client that is not taken; whoever calls it says how long it may read."""
        self.parting = True
        self.write(answer)
        self._write_eof()

    def _write_eof(self) -> None:
        self._send_held()
        with contextlib.suppress(OSError, RuntimeError):  # the client has left, and the event loop does not know it yet
            self.transport.write_eof()
        self.resume_reading()

    def stall(self) -> None:
        """Read nothing more, so that the client's writes stop, until the connection ends.

        It ends by itself after a while: a client that left behind a full window shows no sign of it.
        """
        self.pause_reading()
        self._stalled = True
        self._wait_for_the_end()

    def _wait_for_the_end(self) -> None:
        """Wait for nothing else from now on, except that the client reads what was sent."""
        state = self.state
        self.parting = True
        for waits in (state.idle, state.head, state.body):
            waits.end(self)
        state.parting.begin(self, state.now())

    def late(self, what: str) -> None:
        """End a connection that takes too long to part, or whose client reads nothing."""
        if what in {"parting", "refused"}:
            self.abort()
        elif what == "write":
            size = self.transport.get_write_buffer_size()
            if size and size >= self._unread:
                self.reset()  # so that the system lets go of what was not read, too
            elif size:
                self._watch(size)

    def forget(self) -> None:
        """Let it wait for nothing more."""
        state = self.state
        state.connections.discard(self)
        for waits in state.waits:
            waits.end(self)
        self.resume_writing()
