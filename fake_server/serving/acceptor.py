"""The listening end: connections are taken up to a bound, and turned away beyond it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections import deque
from typing import Deque, Tuple

from fake_server.core.wording import plural

from .connection import Connection, MakeParser
from .cycle import written
from .state import ServerState
from .wire import nodelay

__all__ = ["Acceptor"]

AT_ONCE = 64  # connections that are taken up before others are served again
PAUSE = 0.1  # seconds until the next try, if no descriptor was left
TURNED_AWAY = 32  # connections that are still to read why they were turned away
SEEN = 1.0  # seconds that they have for it
SILENCE = 60.0  # seconds between two lines of the log about it
_log = logging.getLogger("fake_server.serving")


class Acceptor:
    """Takes connections off a listening socket; at the bound, the longest idle one makes room for a new one."""

    def __init__(self, state: ServerState, listening: socket.socket, make_parser: MakeParser) -> None:
        self._state = state
        self._listening = listening
        self._make_parser = make_parser
        self._most = state.limits.within_descriptors
        self._refused: Deque[Tuple[float, socket.socket]] = deque()
        self._is_open = False
        self._turned_away = 0
        self._said = -SILENCE

    def open(self) -> None:
        """Begin to take connections."""
        self._listening.setblocking(False)
        self._is_open = True
        self._state.loop.add_reader(self._listening.fileno(), self._take_some)

    def close(self) -> None:
        """Take no further connection, and close the listening socket."""
        if self._is_open:
            self._is_open = False
            self._state.loop.remove_reader(self._listening.fileno())
            self._listening.close()
        self._let_go(float("inf"))

    def tick(self) -> None:
        """Close the connections that were turned away a while ago."""
        self._let_go(self._state.now() - SEEN)

    def _take_some(self) -> None:
        for _ in range(AT_ONCE):
            try:
                connection, _ = self._listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:  # no descriptor or no memory is left
                self._pause(error)
                return
            self._take(connection)

    def _pause(self, error: OSError) -> None:
        """Stop for a moment: the listening socket stays readable, and each try would fail at once."""
        self._make_room()
        self._say(f"no connection can be taken: {error.strerror}")
        loop = self._state.loop
        loop.remove_reader(self._listening.fileno())
        loop.call_later(PAUSE, self._resume)

    def _resume(self) -> None:
        if self._is_open:
            self._state.loop.add_reader(self._listening.fileno(), self._take_some)

    def _take(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        if len(self._state.connections) >= self._most and not self._make_room():
            self._turn_away(connection)
            return
        nodelay(connection)
        protocol = Connection(self._state, connection, self._make_parser)
        self._state.connections.add(protocol)
        task = self._state.loop.create_task(self._attach(connection, protocol))
        self._state.tasks.add(task)
        task.add_done_callback(self._state.tasks.discard)

    async def _attach(self, connection: socket.socket, protocol: Connection) -> None:
        try:
            await self._state.loop.connect_accepted_socket(lambda: protocol, connection)
        except (OSError, asyncio.CancelledError):
            protocol.forget()
            connection.close()

    def _make_room(self) -> bool:
        """Close the connection that has waited longest without a request; return whether there was one."""
        longest = self._state.idle.longest()
        if longest is None:
            return False
        self._state.idle.end(longest)
        self._state.connections.discard(longest)
        longest.late("idle")
        return True

    def _turn_away(self, connection: socket.socket) -> None:
        self._turned_away += 1
        self._say(f"{plural(self._turned_away, 'connection')} turned away: {self._most} are open, and all are in use")
        message = f"The server has {self._most} connections open, and all are in use; close some, or send fewer at once"
        with contextlib.suppress(OSError):
            connection.send(written(503, "CAPACITY", message, self._state.date))
            connection.shutdown(socket.SHUT_WR)
        self._refused.append((self._state.now(), connection))
        if len(self._refused) > TURNED_AWAY:
            self._end(self._refused.popleft()[1])

    def _let_go(self, until: float) -> None:
        while self._refused and self._refused[0][0] <= until:
            self._end(self._refused.popleft()[1])

    def _end(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):  # closing with unread bytes would send a RST, which overtakes the answer
            connection.recv(1 << 16)
        connection.close()

    def _say(self, text: str) -> None:
        now = self._state.now()
        if now - self._said >= SILENCE:
            self._said = now
            _log.warning("%s", text)
