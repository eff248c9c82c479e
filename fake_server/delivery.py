"""How the outcome of a request goes out: after its delays, whole, in pieces, or as a drop that is real on a socket."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Callable, List, Optional, Tuple, Union

from .browser_headers import NOSNIFF
from .core import Drop, Exchange, Reply
from .core.journal.entry import Entry
from .core.messages import NO_BODY, Outcome
from .core.transactions import Keeping
from .indexing import in_slices
from .serving.answer_heads import header_lines, text_lines
from .serving.at_once import Answered
from .serving.extensions import Droppable, connection_of
from .serving.state import App, Message, Receive, Send

if TYPE_CHECKING:
    from typing_extensions import TypeGuard

__all__ = ["Delivery", "Tell", "log_request"]

Tell = Callable[[Entry], None]

_DROPPED = {"reset": "reset", "close": "closed"}
_NOSNIFF_LINE = header_lines([NOSNIFF])
_log = logging.getLogger("fake_server")


def log_request(entry: Entry) -> None:
    """Write the line of an attempt to the log."""
    if _log.isEnabledFor(logging.INFO):  # the line itself takes longer than asking
        _log.info("%s", entry.line(), extra={"facts": entry.facts})


class Delivery:
    """Lets outcomes go out once a keeper, if there is one, has committed what they rest on; `tell` logs each."""

    def __init__(self, keeper: Optional[Keeping], tell: Tell) -> None:
        self._keeper = keeper
        self._tell = tell

    def answer(self, exchange: Exchange) -> Union[Answered, App]:
        """Answer a request that `Fake.take` took, or return the app that goes on with it if it has to wait."""
        outcome = exchange.outcome
        if not _leaves_at_once(outcome) or (self._keeper is not None and exchange.transaction is not None):
            return partial(self._go_on, exchange, outcome)
        self._tell(exchange.entry)
        exchange.over()
        lines = text_lines(outcome.headers) + _NOSNIFF_LINE
        return Answered(outcome.status, lines, outcome.body, partial(exchange.over, confirmed=False))

    async def serve(self, exchange: Exchange, scope: Message, receive: Receive, send: Send, *, midway: bool) -> None:
        """Decide an exchange that is followed, and let its outcome go out; `midway` if its body is still coming."""
        await self._go_on(exchange, None, scope, receive, send, midway=midway)

    async def _go_on(
        self,
        exchange: Exchange,
        outcome: Optional[Outcome],
        scope: Message,
        receive: Receive,
        send: Send,
        *,
        midway: bool = False,
    ) -> None:
        """Go on with an exchange, whose outcome is None if it is not decided yet."""
        connection = connection_of(scope)
        try:
            outcome = outcome or await self._decided(exchange, receive)
            if outcome is not None:
                await self._deliver(exchange, outcome, connection, receive, send, midway=midway)
        finally:
            exchange.over(confirmed=connection is None or not connection.is_closing())

    async def _decided(self, exchange: Exchange, receive: Receive) -> Optional[Outcome]:
        """Decide an exchange after its wait; return None if the client left meanwhile."""
        if exchange.wait and not await _still_there(receive, exchange.wait):
            exchange.abandon()
            self._tell(exchange.entry)
            return None
        if exchange.is_behind:
            await in_slices(exchange.indexing())
        return exchange.decide()

    async def _deliver(
        self,
        exchange: Exchange,
        outcome: Outcome,
        connection: Optional[Droppable],
        receive: Receive,
        send: Send,
        *,
        midway: bool,
    ) -> None:
        if self._keeper is not None and exchange.transaction is not None:
            await self._keeper.settled(exchange.transaction)
            outcome = exchange.outcome or outcome
        if outcome.delay and not await _still_there(receive, outcome.delay):
            exchange.undelivered()
            self._tell(exchange.entry)
            return
        # Before the answer goes out, so that whoever has it finds the line written.
        self._tell(exchange.entry)
        if isinstance(outcome, Drop):
            await _drop(outcome, connection, receive, midway=midway)
            return
        if not outcome.drip:
            exchange.over()  # before the answer goes out, for the same reason
        await send(_head(outcome))
        if outcome.cut is None and not outcome.drip:
            await send({"type": "http.response.body", "body": outcome.body})
        elif not await _in_pieces(outcome, connection, receive, send):
            exchange.undelivered("the client left before the answer was over")


def _leaves_at_once(outcome: Optional[Outcome]) -> TypeGuard[Reply]:
    """Return whether an outcome is an answer that goes out whole and now."""
    if not isinstance(outcome, Reply) or outcome.status in NO_BODY:
        return False
    return outcome.cut is None and not (outcome.delay or outcome.drip or outcome.chunked)


async def _drop(drop: Drop, connection: Optional[Droppable], receive: Receive, *, midway: bool) -> None:
    if connection is None:
        if drop.how == "hang":
            raise TimeoutError("the fake never answers this request")
        raise (ConnectionResetError if drop.how == "reset" else ConnectionAbortedError)(
            f"connection {_DROPPED[drop.how]} by the fake"
        )
    if drop.how == "reset":
        connection.reset()
    elif drop.how == "close":
        connection.close()
    else:
        if midway:
            connection.stall()
        await _gone(receive)


def _head(reply: Reply) -> Message:
    return {"type": "http.response.start", "status": reply.status, "headers": _headers(reply)}


def _headers(reply: Reply) -> List[Tuple[bytes, bytes]]:
    headers = [
        (name.encode("latin-1"), value.strip().encode("latin-1", "replace")) for name, value in reply.headers.items()
    ]
    if reply.status not in NO_BODY and not reply.chunked:  # the HTTP server sends in chunks what declares no length
        headers.append((b"content-length", str(len(reply.body)).encode()))
    headers.append(NOSNIFF)
    return headers


async def _in_pieces(reply: Reply, connection: Optional[Droppable], receive: Receive, send: Send) -> bool:
    """Send a body that is cut, or with the delays of a drip; return False if the client left in the middle of it."""
    if reply.cut is not None:
        await send({"type": "http.response.body", "body": reply.body[: reply.cut], "more_body": True})
        if connection is None:
            raise ConnectionAbortedError("connection closed by the fake in the middle of the body")
        connection.close()
        return True
    await send({"type": "http.response.body", "body": b"", "more_body": True})  # the head goes out at once
    for seconds, piece in reply.dripped():
        if not await _still_there(receive, seconds):
            return False
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
    return True


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _still_there(receive: Receive, seconds: float) -> bool:
    """Wait, and return whether the client is still connected afterwards."""
    import anyio

    with anyio.move_on_after(seconds):
        await _gone(receive)
        return False
    return True
