"""Answers that leave together, once the event loop has read what came: to wake a client takes longer than to answer it.

A client that waits for an answer is woken by it. One that waits for many is woken by the first of those that leave
together, and reads the others without waiting.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Callable, List, Protocol, Tuple

__all__ = ["LONGEST", "Outbox"]

LONGEST = 0.001  # seconds that an answer waits for the next ones
_log = logging.getLogger("fake_server.serving")


class _Wire(Protocol):
    """A connection, as its answers see it."""

    is_held: bool
    transport: asyncio.Transport

    def write(self, data: bytes) -> None: ...


class Outbox:
    """Holds answers until the event loop has nothing more to read, or the first of them has waited for too long."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._held: List[Tuple[_Wire, Tuple[bytes, ...], Callable[[], None]]] = []
        self._since = 0.0

    def hold(self, wire: _Wire, answer: Tuple[bytes, ...], ended: Callable[[], None], now: float) -> None:
        """Do as `send` does, soon; `now` is in seconds."""
        if not self._held:
            self._since = now
            self._loop.call_soon(self.flush)
        self._held.append((wire, answer, ended))
        wire.is_held = True
        if now - self._since > LONGEST:
            self.flush()

    def flush(self) -> None:
        """Send all that is held."""
        held, self._held = self._held, []
        for wire, answer, ended in held:
            wire.is_held = False
            try:
                self.send(wire, answer, ended)
            except Exception:  # noqa: BLE001 - whatever an app does, the others get their answers
                _log.exception("the app failed")

    def send(self, wire: _Wire, answer: Tuple[bytes, ...], ended: Callable[[], None]) -> None:
        """Send an answer, and call `ended` if its connection ends with it, or has ended before."""
        if not wire.transport.is_closing():
            for piece in answer:
                wire.write(piece)
        if wire.transport.is_closing():
            ended()
