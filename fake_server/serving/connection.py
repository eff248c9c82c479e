"""A connection: bytes to requests, which are answered at once or in their turn, and how long it may wait for each."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Optional, Union

from .answer_heads import written
from .at_once import Answered, App, pieces_of
from .parsing import BadRequestError, Head, Sink
from .state import Message, Receive, Send, ServerState
from .turns import Turns

__all__ = ["Connection"]


class Connection(Turns, Sink, asyncio.Protocol):
    """The protocol that uvicorn gives a connection; it is built as uvicorn's own are."""

    def __init__(
        self,
        config: Any,  # noqa: ARG002 - part of what uvicorn gives, as are the next ones
        server_state: ServerState,
        app_state: Any = None,  # noqa: ARG002
        _loop: Optional[asyncio.AbstractEventLoop] = None,
    ) -> None:
        super().__init__(server_state)
        self._parser = server_state.make_parser(self, server_state.limits)
        self._head: Optional[Head] = None  # of a request that may be answered at once, if it comes whole
        self._body = b""
        self._is_answered = False  # whether one was answered at once since the last bytes came

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for a request, if there is room for one more connection."""
        self.transport = transport  # type: ignore[assignment]  # of a socket it is one that reads and writes
        state = self.state
        if state.ending:
            self.abort()
        elif not state.admission.has_room():
            message = state.admission.turn_away(self, state.now())
            self.turn_away(written(503, "CAPACITY", message, state.date))
        else:
            self.nodelay()
            self._client = transport.get_extra_info("peername")
            self._server = transport.get_extra_info("sockname")
            state.connections.add(self)
            state.idle.begin(self, state.now())

    def connection_lost(self, exc: Optional[Exception]) -> None:  # noqa: ARG002 - asyncio's signature
        """Tell the requests under way, and wait for nothing more."""
        self.forget()
        self._parser.end()
        for cycle in self._cycles:
            cycle.lose()
        self._cycles.clear()
        self._latest = None

    def data_received(self, data: bytes) -> None:
        """Read requests, except of a connection that is about to end: what follows a refused one is none."""
        if self.parting or self._refusal is not None:
            return
        self._is_answered = False
        try:
            self._parser.feed(data)
        except BadRequestError as error:
            self._head = None  # of a request that nobody has begun with
            self._fail(error)
            return
        if self._is_answered and not self._cycles:
            return
        if self._head is not None:
            self._wait_for_more(self._head)
        if not self._is_at_work() and self not in self.state.head:
            self.state.idle.end(self)
            self.state.head.begin(self, self.state.now())

    # What the parser gives

    def on_head(self, head: Head) -> None:
        """Begin with a request, unless another one is still to be answered."""
        if self._may_be_answered_at_once(head):
            self._head = head
            self._body = b""
        else:
            self._queue(head)

    def on_body(self, piece: bytes) -> None:
        """Hand a piece of a body to its request."""
        if self._head is not None:
            if not self._body:
                self._body = piece
                return
            self._wait_for_more(self._head)  # each further piece would have it copied
        if self._latest is not None:
            self._latest.take(piece)

    def on_end(self) -> None:
        """Tell the latest request that it is whole."""
        if self._head is not None:
            head, body = self._head, self._body
            self._head, self._body = None, b""
            self._answer_at_once(head, body)
            return
        cycle = self._latest
        if cycle is not None:
            cycle.end()
            if cycle.is_answered and not self.parting:
                self._be_idle()

    # Requests that came whole, and are answered at once

    def _may_be_answered_at_once(self, head: Head) -> bool:
        """Return whether nothing is before a request; of those that come together one is, so that others get a turn."""
        if self.state.at_once is None or self._cycles or self._is_answered or self.is_held:
            return False
        return not head.expects and self._writable is None

    def on_request(self, head: Head, body: bytes) -> None:
        """Answer a request that has come whole."""
        if self._may_be_answered_at_once(head):
            self._answer_at_once(head, body)
        else:
            super().on_request(head, body)

    def _wait_for_more(self, head: Head) -> None:
        """Begin with a request of which more is to come."""
        body, self._head, self._body = self._body, None, b""
        cycle = self._queue(head)
        if body:
            cycle.take(body)

    def _answer_at_once(self, head: Head, body: bytes) -> None:
        """Let the app answer a request that has come whole, or go on with it as with any other."""
        state = self.state
        found: Union[Answered, App, None] = None
        try:
            if state.at_once is not None:
                found = state.at_once(head, body)
            if isinstance(found, Answered):
                self._write_at_once(head, found)
                return
        except Exception as error:  # noqa: BLE001 - whatever an app does, the server goes on
            found = partial(_fail_again, error)
        cycle = self._queue(head, found)
        if body:
            cycle.take(body)
        cycle.end()

    def _write_at_once(self, head: Head, answered: Answered) -> None:
        state = self.state
        pieces = pieces_of(answered, state.date, keep_alive=head.keep_alive)
        self._is_answered = True
        if not head.keep_alive:
            for piece in pieces:
                self.write(piece)
            self.parting = True
            self.close()
            answered.ended()
            return
        now = state.now()
        state.head.end(self)
        state.idle.begin(self, now)
        if len(state.connections) == 1:
            state.outbox.send(self, pieces, answered.ended)
        else:
            state.outbox.hold(self, pieces, answered.ended, now)

    def late(self, what: str) -> None:
        """End a connection that waited for too long; answer first if a request had begun."""
        if what == "idle":
            self.close()
        elif what in {"head", "body"}:
            self._fail(BadRequestError(408, "REQUEST_TIMEOUT", f"The {what} of the request took too long to arrive"))
        else:
            super().late(what)

    def shutdown(self) -> None:
        """End now if nothing is to be answered, else after the answer; what streams without an end stops."""
        if not self._cycles:
            self.transport.abort() if self.parting else self.close()
        elif self._cycles[0].is_streaming:
            self._cycles[0].lose()


async def _fail_again(error: Exception, _scope: Message, _receive: Receive, _send: Send) -> None:
    """Fail as an app did already, so that it is logged, and answered for, in one place."""
    raise error
