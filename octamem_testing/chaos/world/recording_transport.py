"""The recording transport of one round: it records each request, and cancels the scenario or closes its client."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from json import loads
from typing import TYPE_CHECKING, Any, Callable, Dict, Generator, List, Optional, Tuple

import httpx

from fake_server.core.faults.steps import AFTER, BEFORE, Step
from fake_server.core.journal.calls import calls_of
from octamem.testing import sent_by
from octamem_testing.chaos.scenario.scenario import ScenarioError
from octamem_testing.chaos.scenario.trial import RequestRecord
from octamem_testing.chaos.schedule.steps import (
    CANCEL,
    CANCEL_WAIT,
    CLOSE_CLIENT,
    CRASH,
    INTERLEAVE,
    own_name,
    word_of,
)
from octamem_testing.static import in_trio_task
from octamem_testing.virtual_time.bounds import Bounds
from octamem_testing.virtual_time.clock import ticks_to_wait
from octamem_testing.virtual_time.threads.lineage import current_actor
from octamem_testing.wiring.wire_errors import ASYNC, SYNC, reset

from .real_waits import RealWaits

if TYPE_CHECKING:
    from fake_server.core import Exchange, Fake, Request
    from octamem_testing.virtual_time.event_loop import RoundClock

    from .outcome import Life

from .ordered_transport import OrderedTransport

__all__ = ["RecordingTransport"]

_RECORD = "octamem_chaos"
"""The name under which a request carries its record, among httpx's extensions."""
_CANCEL_AFTER = 0.001
"""Seconds after an answer in which a program that waits before a retry is still waiting: the least of `Delayed`."""
_ABANDONED = 30.0
"""Seconds after which a request fails whose scenario was cancelled, if another task sent it."""


class RecordingTransport(OrderedTransport):
    """The in-process transport of one round; `requests` holds a record of each request, oldest first."""

    is_judged = False

    def __init__(self, fake: Fake, clock: RoundClock, bounds: Bounds) -> None:
        super().__init__(fake, clock)
        self.requests: List[RequestRecord] = []
        self.interrupted_at: Optional[int] = None
        self.ended_after: Optional[int] = None  # how many requests there were when the scenario ended
        self.task: Optional[asyncio.Task[Any]] = None
        self.client: Any = None
        self.has_close = False  # whether the schedule closes the client: only then the sender of a request matters
        self.longer = 0.0  # seconds by which an attempt that meets a fault takes longer, in a rerun
        self.real_waits: Optional[RealWaits] = None
        self.crash: Optional[Callable[[], None]] = None  # ends the process; None if this one is not to crash
        self.life = 1
        self.failure: Optional[BaseException] = None  # an error that is not for the client, such as one of the fake
        self.concurrent = False  # whether requests were in flight at the same time, or could have been
        self._in_flight = 0
        self._bounds = bounds
        self._earlier = 0  # requests of the lives before
        self._lock = threading.Lock()
        self._ended_at = 0  # ticks
        self._cancelled_after: Optional[int] = None  # how many requests there were when leftover tasks were cancelled
        self._nth: Dict[Tuple[str, Optional[str]], int] = {}
        self._accounts: Dict[str, int] = {}
        self._senders: Dict[object, int] = {}

    def accept(self, request: httpx.Request, received: Request) -> Exchange:
        """Accept a request, and record it; raises RoundStopped beyond the bounds."""
        with self._lock:
            self._scheduler.note_request()
            if self.real_waits is not None and self._scheduler.is_stranger():
                self.real_waits.note_thread()
            self._bounds.check(self._fake, requests=len(self.requests) - self._earlier + 1)
            try:
                exchange = super().accept(request, received)
            except Exception as error:
                self.failure = self.failure or error
                raise
            of_client = sent_by(request, self.client) if self.has_close else None
            self._rename_own_steps(exchange, of_client=of_client)
            entry = exchange.entry
            nth = self._nth[entry.key, entry.endpoint] = self._nth.get((entry.key, entry.endpoint), 0) + 1
            text, context = _texts(entry.endpoint, received.body)
            sender = current_actor()
            record = RequestRecord(
                number=len(self.requests) + 1,
                endpoint=entry.endpoint,
                nth=nth,
                at=self._fake.now(),
                entry=entry,
                body=received.body,
                text=text,
                context=context,
                authorization=received.headers.get("authorization"),
                token=received.headers.get("idempotency-key"),
                announced=received.headers.get("x-octamem-attempt"),
                of_client=of_client,
                of_scenario=self.task is not None and sender is self.task,
                account=self._accounts.setdefault(entry.key, len(self._accounts) + 1),
                sender=self._senders.setdefault(sender, len(self._senders) + 1),
                life=self.life,
            )
            record.caller = self._scheduler.lineage.caller_of(record.what, record.number, sender)
            self.requests.append(record)
            if word_of(entry.fault) == INTERLEAVE:
                record.fault = entry.fault
                exchange.meet(None)
        request.extensions[_RECORD] = record
        return exchange

    def _rename_own_steps(self, exchange: Exchange, *, of_client: Optional[bool]) -> None:
        """Let the journal name a step of chaos as the schedule does, and let the fake answer what the step needs."""
        entry = exchange.entry
        if entry.fault is None:
            return
        entry.fault = own_name(entry.fault)
        word = word_of(entry.fault)
        if (word == CLOSE_CLIENT and not of_client) or (word == CRASH and self.crash is None):
            exchange.meet(None)  # of another client, which stays open, or of a life that is the last
        elif word == CANCEL_WAIT:
            name = entry.fault
            exchange.meet(Step("status", AFTER if name.endswith(AFTER) else BEFORE, status=503))
            entry.fault = name

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request as the fake does, and close the client if the schedule says so."""
        with self._noting_when_known(request):
            try:
                response = super().handle_request(request)
            finally:
                if self._takes_longer(request):
                    self._scheduler.sleep(ticks_to_wait(self.longer))
            self._crash_if_met(request)
            if self._closes_client(request):
                self._interrupt(request)
                self.client.close()
                raise reset(SYNC)
            return response

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request as the fake does, and cancel the scenario or close the client if the schedule says so."""
        self._refuse_trio()
        with self._noting_when_known(request):
            try:
                response = await super().handle_async_request(request)
            except httpx.HTTPError:
                if self._takes_longer(request):
                    await asyncio.sleep(self.longer)
                raise
            if self._takes_longer(request):
                await asyncio.sleep(self.longer)
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
                asyncio.get_running_loop().call_later(_CANCEL_AFTER, self._cancel_waiting, _record_of(request))
            return response

    def interleaved_at(self, request: httpx.Request) -> Optional[str]:
        """Return the step by which all others go first at a request, None for none."""
        return _record_of(request).fault

    def final_records(self) -> Tuple[RequestRecord, ...]:
        """Return the records with what the journal says of each request at the end of the round."""
        views = {}
        if any(record.entry.retry_after is not None for record in self.requests):
            views = {view.entry.seq: view for call in calls_of(self._fake.requests()) for view in call.attempts}
        for record in self.requests:
            entry = record.entry
            record.fault, record.status = entry.fault, entry.status
            if entry.seq in views:
                record.retry_after = views[entry.seq].retry_after
        return tuple(self.requests)

    def note_end(self) -> None:
        """Note that the scenario has ended."""
        self.ended_after, self._ended_at = len(self.requests), self._fake.now()

    def note_cancelled(self) -> None:
        """Note that the tasks are cancelled that the scenario left behind."""
        self._cancelled_after = len(self.requests)

    def leftover(self) -> Tuple[RequestRecord, ...]:
        """Return the requests after the scenario's end; those under way then may still come in the same instant."""
        ended = len(self.requests) if self.ended_after is None else self.ended_after
        cancelled = len(self.requests) if self._cancelled_after is None else self._cancelled_after
        late = self.requests[ended:]
        return tuple(record for record in late if record.at > self._ended_at or record.number > cancelled)

    def _takes_longer(self, request: httpx.Request) -> bool:
        record: Optional[RequestRecord] = request.extensions.get(_RECORD) if self.longer else None
        return record is not None and record.entry.fault is not None

    def go_on_after(self, before: Life) -> None:
        """Go on with the requests of the lives before this one."""
        self.life, self.interrupted_at = before.number + 1, before.interrupted_at
        self.requests.extend(before.requests)
        self._earlier = len(before.requests)
        for each in before.requests:
            self._nth[each.entry.key, each.entry.endpoint] = each.nth
            self._accounts[each.entry.key] = each.account
            self._senders[each.life, each.sender] = each.sender  # whoever it was, it is gone

    def _crash_if_met(self, request: httpx.Request) -> None:
        """End the process if the schedule says so, at a request that is not answered."""
        if self.crash is not None and _meets(request, CRASH):
            hit = _record_of(request).entry
            hit.status = hit.response = None
            for each in self.requests[self._earlier :]:
                if each.known is None:
                    each.entry.undelivered(f"in flight at the {hit.fault}")
            self.crash()

    def _closes_client(self, request: httpx.Request) -> bool:
        return _meets(request, CLOSE_CLIENT) and bool(_record_of(request).of_client)

    def _cancel_waiting(self, hit: RequestRecord) -> None:
        """Cancel a scenario that has sent nothing since an answer: it waits, or does something else than a call."""
        if self.task is not None and not self.task.done() and len(self.requests) == hit.number:
            self.interrupted_at = hit.number
            self.task.cancel()

    def _refuse_trio(self) -> None:
        if in_trio_task():
            self.failure = ScenarioError("trio is not supported: run the scenario on asyncio")
            raise self.failure

    def _interrupt(self, request: httpx.Request) -> None:
        """Note that the scenario was interrupted while a request was in flight, which is not answered."""
        record = _record_of(request)
        entry = record.entry
        entry.status = entry.response = None
        entry.undelivered(f"in flight at the {entry.fault}")
        self.interrupted_at = record.number

    @contextmanager
    def _noting_when_known(self, request: httpx.Request) -> Generator[None, None, None]:
        """Note when the client learns the result of a request; a client that cancels it never does.

        An error before the request was accepted is the program's own, such as a body that cannot be read.
        """
        request.extensions.pop(_RECORD, None)
        self._in_flight += 1
        self.concurrent = self.concurrent or self._in_flight > 1 or self._scheduler.could_run()
        try:
            yield
        except httpx.HTTPError:
            self._note_known(request)
            raise
        except Exception as error:
            if _RECORD in request.extensions:
                self.failure = self.failure or error
            raise
        finally:
            self._in_flight -= 1
        self._note_known(request)

    def _note_known(self, request: httpx.Request) -> None:
        record: Optional[RequestRecord] = request.extensions.get(_RECORD)
        if record is not None:
            record.known = self._fake.now()


def _record_of(request: httpx.Request) -> RequestRecord:
    record: RequestRecord = request.extensions[_RECORD]
    return record


def _meets(request: httpx.Request, own: str) -> bool:
    """Whether a request meets a step of chaos."""
    return word_of(_record_of(request).entry.fault) == own


def _texts(endpoint: Optional[str], body: bytes) -> Tuple[Optional[str], Optional[str]]:
    """Return the text and the context of a request, None for each that its body does not have."""
    try:
        fields = loads(body)
    except ValueError:
        return None, None
    if not isinstance(fields, dict):
        return None, None
    text = fields.get("content" if endpoint == "add" else "query")
    context = fields.get("previousContext", "")
    return text if isinstance(text, str) else None, context if isinstance(context, str) else None
