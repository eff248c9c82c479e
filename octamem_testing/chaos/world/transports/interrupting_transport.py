"""The interrupting transport of one round: it cancels the scenario, closes its client, or ends the process."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Callable, Optional

import httpx

from fake_server.core.faults.steps import AFTER, BEFORE, Step
from octamem.testing import sent_by
from octamem_testing.chaos.scenario.trial import RequestRecord
from octamem_testing.chaos.schedule.steps import CANCEL, CANCEL_WAIT, CLOSE_CLIENT, CRASH, own_name, word_of
from octamem_testing.virtual_time.bounds import Bounds
from octamem_testing.wiring.wire_errors import ASYNC, SYNC, reset

from .recording_transport import RecordingTransport, is_recorded, record_of

if TYPE_CHECKING:
    from fake_server.core import Exchange, Fake
    from octamem_testing.virtual_time.event_loop import RoundClock

__all__ = ["InterruptingTransport"]

_CANCEL_AFTER = 0.001
"""Seconds after an answer in which a program that waits before a retry is still waiting: the least of `Delayed`."""
_ABANDONED = 30.0
"""Seconds after which a request fails whose scenario was cancelled, if another task sent it."""


class InterruptingTransport(RecordingTransport):
    """The in-process transport of one round, which carries out the steps of chaos that interrupt a program."""

    def __init__(self, fake: Fake, clock: RoundClock, bounds: Bounds) -> None:
        super().__init__(fake, clock, bounds)
        self.client: Any = None
        self.has_close = False  # whether the schedule closes the client: only then the sender of a request matters
        self.crash: Optional[Callable[[], None]] = None  # ends the process; None if this one is not to crash

    def prepare_step(self, request: httpx.Request, exchange: Exchange) -> Optional[bool]:
        """Let the journal name a step of chaos as the schedule does, and let the fake answer what the step needs."""
        of_client = sent_by(request, self.client) if self.has_close else None
        entry = exchange.entry
        if entry.fault is None:
            return of_client
        entry.fault = own_name(entry.fault)
        word = word_of(entry.fault)
        if (word == CLOSE_CLIENT and not of_client) or (word == CRASH and self.crash is None):
            exchange.meet(None)  # of another client, which stays open, or of a life that is the last
        elif word == CANCEL_WAIT:
            name = entry.fault
            exchange.meet(Step("status", AFTER if name.endswith(AFTER) else BEFORE, status=503))
            entry.fault = name
        return of_client

    def exchanged(self, request: httpx.Request) -> httpx.Response:
        """Answer a request as the fake does, and close the client if the schedule says so."""
        response = super().exchanged(request)
        self._crash_if_met(request)
        if self._closes_client(request):
            self._interrupt(request)
            self.client.close()
            raise reset(SYNC)
        return response

    async def exchanged_async(self, request: httpx.Request) -> httpx.Response:
        """Answer a request as the fake does, and cancel the scenario or close the client if the schedule says so."""
        response = await super().exchanged_async(request)
        self._crash_if_met(request)
        if self._closes_client(request):
            self._interrupt(request)
            await self.client.close()
            raise reset(ASYNC)
        if _meets(request, CANCEL) and self.task is not None:
            self._interrupt(request)
            self.task.cancel()
            await asyncio.sleep(_ABANDONED)
            raise reset(ASYNC)
        if _meets(request, CANCEL_WAIT):
            asyncio.get_running_loop().call_later(_CANCEL_AFTER, self._cancel_waiting, record_of(request))
        return response

    def _crash_if_met(self, request: httpx.Request) -> None:
        """End the process if the schedule says so, at a request that is not answered."""
        if self.crash is not None and _meets(request, CRASH):
            hit = record_of(request).entry
            hit.status = hit.response = None
            for each in self.requests[self.earlier :]:
                if each.known is None:
                    each.entry.undelivered(f"in flight at the {hit.fault}")
            self.crash()

    def _closes_client(self, request: httpx.Request) -> bool:
        return _meets(request, CLOSE_CLIENT) and bool(record_of(request).of_client)

    def _cancel_waiting(self, hit: RequestRecord) -> None:
        """Cancel a scenario that has sent nothing since an answer: it waits, or does something else than a call."""
        if self.task is not None and not self.task.done() and len(self.requests) == hit.number:
            self.interrupted_at = hit.number
            self.task.cancel()

    def _interrupt(self, request: httpx.Request) -> None:
        """Note that the scenario was interrupted while a request was in flight, which is not answered."""
        record = record_of(request)
        entry = record.entry
        entry.status = entry.response = None
        entry.undelivered(f"in flight at the {entry.fault}")
        self.interrupted_at = record.number


def _meets(request: httpx.Request, own: str) -> bool:
    """Whether a request meets a step of chaos."""
    return is_recorded(request) and word_of(record_of(request).entry.fault) == own
