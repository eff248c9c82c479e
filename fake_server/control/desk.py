"""The desk: what the control API keeps from one request to the next, beside the fake itself."""

from __future__ import annotations

from secrets import token_hex
from typing import Optional

from fake_server.core import Fake
from fake_server.core.transactions import Keeping

from .kept import Kept, SavedSnapshot, UndoStep

__all__ = ["Desk"]


class Desk:
    """The fake that is controlled, and the state of its control API; a caller that changes it holds the fake's lock."""

    def __init__(self, fake: Fake, keeper: Optional[Keeping] = None) -> None:
        self.fake = fake
        self.keeper = keeper
        self.epoch = token_hex(4)  # so that whoever follows the events sees a restart
        self.undo: Kept[UndoStep] = Kept("u")
        self.snapshots: Kept[SavedSnapshot] = Kept("s")

    def event_id(self, number: int) -> str:
        """Return the id of the event that says all changes up to a number."""
        return f"{self.epoch}.{number}"
