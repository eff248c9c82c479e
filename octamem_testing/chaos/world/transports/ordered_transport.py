"""The ordered transport: other threads and tasks may go first before a request is carried out, and after its answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Callable, Generator, Optional

import httpx

from fake_server.core.faults.steps import AFTER, BEFORE
from octamem_testing.wiring.mock import MockTransport

if TYPE_CHECKING:
    from fake_server.core import Exchange, Fake
    from octamem_testing.virtual_time.event_loop import RoundClock
    from octamem_testing.wiring.wire_errors import ErrorTexts

__all__ = ["OrderedTransport"]


class _Held(float):
    """What passes in place of seconds when others may go first."""


_POINT = _Held()
"""Those go first whom the order prefers."""
_LAST = _Held()
"""All others go first."""


class OrderedTransport(MockTransport):
    """A transport at whose requests others go first, as the order of the round says."""

    def __init__(self, fake: Fake, clock: RoundClock) -> None:
        super().__init__(fake, clock)
        self._scheduler = clock.scheduler

    def interleaved_at(self, request: httpx.Request) -> Optional[str]:
        """Return the step by which all others go first at a request, None for none."""
        raise NotImplementedError

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        self._scheduler.point(fair=True)
        return super().handle_request(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        if self._scheduler.order is not None and self._scheduler.order.drawn:
            await self._pass_async(_POINT)
        return await super().handle_async_request(request)

    def _answer(
        self, request: httpx.Request, exchange: Exchange, texts: ErrorTexts
    ) -> Generator[float, None, httpx.Response]:
        """Answer a request, and let others go first before it is carried out and after its answer, by the order."""
        order = self._scheduler.order
        if order is None:
            return (yield from super()._answer(request, exchange, texts))
        step = self.interleaved_at(request)
        place = "" if step is None else AFTER if AFTER in step else BEFORE
        try:
            if place == BEFORE:
                yield from _held(exchange.abandon, _LAST)
            response = yield from super()._answer(request, exchange, texts)
        except httpx.HTTPError:
            if order.drawn:
                yield _POINT
            raise
        finally:
            exchange.entry.fault = step or exchange.entry.fault
        if place == AFTER or order.drawn:
            yield from _held(exchange.undelivered, _LAST if place == AFTER else _POINT)
        return response

    def _pass(self, seconds: float) -> None:
        if seconds is _LAST:
            self._scheduler.yield_turn(held=True)
        elif seconds is _POINT:
            self._scheduler.point()
        else:
            super()._pass(seconds)

    async def _pass_async(self, seconds: float) -> None:
        order = self._scheduler.order
        if order is not None and (seconds is _LAST or seconds is _POINT):
            await order.hold(asyncio.current_task(), asyncio.get_running_loop(), last=seconds is _LAST)
        else:
            await super()._pass_async(seconds)


def _held(leave: Callable[[], None], how: float) -> Generator[float, None, None]:
    """Let others go first; `leave` is called if the client does not wait so long."""
    try:
        yield how
    except GeneratorExit:
        leave()
        raise
