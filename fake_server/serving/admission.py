"""How many connections there are: up to a bound all are taken, and beyond it they are turned away."""

from __future__ import annotations

import logging
from typing import Set

from fake_server.core.wording import plural

from .waits import Waiting, Waits

__all__ = ["AT_ONCE", "SEEN", "Admission"]

AT_ONCE = 16  # connections that an event loop takes up before it serves the others again
PAUSE = 0.1  # seconds until another idle connection is closed, if no descriptor was left
TURNED_AWAY = 32  # connections that are still to read why they were turned away
SEEN = 1.0  # seconds that they have for it
SILENCE = 60.0  # seconds between two lines of the log about it
_log = logging.getLogger("fake_server.serving")


class Admission:
    """Says whether a new connection is taken; at the bound, the longest idle one makes room for it."""

    def __init__(self, most: int, connections: Set[Waiting], idle: Waits, refused: Waits) -> None:
        self._most = most
        self._connections = connections
        self._idle = idle
        self._refused = refused
        self._turned_away = 0
        self._said = -SILENCE
        self._pressed = -PAUSE

    def has_room(self) -> bool:
        """Return whether one more connection is taken, for which an idle one is closed if need be."""
        return len(self._connections) < self._most or self._make_room()

    def turn_away(self, connection: Waiting, now: float) -> str:
        """Let a connection that is not taken wait for its end; return what it is told."""
        self._turned_away += 1
        self._say(
            f"{plural(self._turned_away, 'connection')} turned away: {self._most} are open, and all are in use", now
        )
        self._refused.begin(connection, now)
        if len(self._refused) > TURNED_AWAY:
            self._refused.expire_longest()
        return f"The server has {self._most} connections open, and all are in use; close some, or send fewer at once"

    def lack(self, error: OSError, now: float) -> None:
        """Learn that the system has no descriptor or no memory for another connection."""
        if now - self._pressed >= PAUSE:  # an event loop tries several times in a row
            self._pressed = now
            self._make_room()
        self._say(f"no connection can be taken: {error.strerror}", now)

    def _make_room(self) -> bool:
        """Close the connection that has waited longest without a request; return whether there was one."""
        longest = self._idle.expire_longest()
        if longest is None:
            return False
        self._connections.discard(longest)
        return True

    def _say(self, text: str, now: float) -> None:
        if now - self._said >= SILENCE:
            self._said = now
            _log.warning("%s", text)
