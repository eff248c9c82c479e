"""The body of an answer that comes in pieces, or ends early."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, AsyncIterator, Awaitable, Callable, Generator, Iterator, Optional, Tuple

import httpx

from .wire_errors import ErrorTexts, cut_short, wait_or_time_out

if TYPE_CHECKING:
    from fake_server.core import Exchange, Reply

__all__ = ["SlowBody"]

UNFINISHED = "the client left before the answer was over"


@dataclass(eq=False)
class SlowBody(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A stream that lets time pass between the pieces of a reply, and notes a client that leaves before its end."""

    exchange: Exchange
    reply: Reply
    elapse: Callable[[float], object]
    elapse_async: Callable[[float], Awaitable[object]]
    read_timeout: Optional[float]
    texts: ErrorTexts
    ended: bool = False

    def __iter__(self) -> Iterator[bytes]:
        with self._noted():
            for gap, piece in self._pieces():
                for seconds in wait_or_time_out(gap, self.read_timeout, self.texts):
                    self.elapse(seconds)
                yield piece

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with self._noted():
            for gap, piece in self._pieces():
                for seconds in wait_or_time_out(gap, self.read_timeout, self.texts):
                    await self.elapse_async(seconds)
                yield piece

    def close(self) -> None:
        """Note a client that closes the body before its end."""
        if not self.ended:
            self.ended = True
            self.exchange.undelivered(UNFINISHED)

    async def aclose(self) -> None:
        """Note the same as `close`."""
        self.close()

    @contextmanager
    def _noted(self) -> Generator[None, None, None]:
        try:
            yield
        except httpx.RemoteProtocolError:  # by the fault, which the journal names
            self.ended = True
            raise
        except BaseException:  # a timeout, a cancellation, or a reader that stopped
            self.close()
            raise
        self.ended = True

    def _pieces(self) -> Iterator[Tuple[float, bytes]]:
        """Yield the body as (seconds to wait, piece); raises RemoteProtocolError where it is cut off."""
        reply = self.reply
        if reply.cut is None:
            yield from reply.dripped()
            return
        if reply.cut:
            yield 0.0, reply.body[: reply.cut]
        if reply.chunked or reply.cut < len(reply.body):
            raise cut_short(reply.cut, None if reply.chunked else len(reply.body))
