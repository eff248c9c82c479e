"""The desk: what the control API keeps from one request to the next, beside the fake itself."""

from __future__ import annotations

from fake_server.core import Fake

__all__ = ["Desk"]


class Desk:
    """The fake that is controlled, and the state of its control API."""

    def __init__(self, fake: Fake) -> None:
        self.fake = fake
