"""What the connections of one server share: its app, its limits, its clock, and who waits for what."""

from __future__ import annotations

import asyncio
from email.utils import formatdate
from typing import Set, Tuple

from .admission import SEEN, Admission
from .at_once import App, Message, Receive, Send, at_once_of
from .clocks import monotonic, wall
from .limits import Limits
from .outbox import Outbox
from .parsing import MakeParser
from .waits import Waiting, Waits

__all__ = ["App", "Message", "Receive", "Send", "ServerState"]


class ServerState:
    """The state of one running server; uvicorn gives it to each connection in the place of its own."""

    def __init__(self, app: App, limits: Limits, loop: asyncio.AbstractEventLoop, make_parser: MakeParser) -> None:
        self.app = app
        self.limits = limits
        self.loop = loop
        self.make_parser = make_parser
        self.connections: Set[Waiting] = set()
        self.tasks: Set[asyncio.Task[None]] = set()
        self.ending = False
        self.at_once = at_once_of(app)  # None once the server ends
        self.date = b""
        self.outbox = Outbox(loop)
        self.idle = Waits("idle", limits.idle)
        self.head = Waits("head", limits.head)
        self.body = Waits("body", limits.body)
        self.write = Waits("write", limits.write)
        self.parting = Waits("parting", limits.idle)
        self.refused = Waits("refused", SEEN)
        self.admission = Admission(limits.within_descriptors, self.connections, self.idle, self.refused)
        self._second = 0

    now = staticmethod(monotonic)

    def end(self) -> None:
        """Learn that the server ends."""
        self.ending = True
        self.at_once = None

    def tick(self) -> None:
        """Renew the date of the answers, and tell who has waited for too long."""
        second = int(wall())
        if second != self._second:
            self._second = second
            self.date = b"date: %s\r\n" % formatdate(second, usegmt=True).encode()
        now = monotonic()
        for waits in self.waits:
            waits.sweep(now)

    @property
    def waits(self) -> Tuple[Waits, ...]:
        """All that a connection may wait for."""
        return self.idle, self.head, self.body, self.write, self.parting, self.refused
