"""The ASGI extensions that our own server gives an app: what no other server can."""

from __future__ import annotations

from typing import Optional

from .state import Message

__all__ = ["CONNECTION", "TARGET", "Droppable", "connection_of"]

CONNECTION = "octamem.connection"
"""Name of the extension under which an app is given its connection, a Droppable."""

TARGET = "octamem.target"
"""Name of the extension under which an app is given the authority of a target in absolute form."""


class Droppable:
    """The connection of one request, on which a drop is real."""

    def is_closing(self) -> bool:
        """Return whether the connection has ended, or is about to."""
        return False

    def be_patient(self) -> None:
        """Wait for the rest of the body as long as the client likes: it waits for an answer, perhaps."""

    def reset(self) -> None:
        """End the connection with a RST."""

    def close(self) -> None:
        """End the connection with a FIN, whatever of the body is still to come."""

    def stall(self) -> None:
        """Read nothing more of the body until the connection ends."""


def connection_of(scope: Message) -> Optional[Droppable]:
    """Return the connection of a request; None if another server serves the app."""
    found: Optional[Droppable] = scope.get("extensions", {}).get(CONNECTION)
    return found
