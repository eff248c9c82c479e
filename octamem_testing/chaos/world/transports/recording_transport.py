"""The recording transport of one round: it records each request, with who sent it and what came of it."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Dict, Generator, List, Optional, Tuple

import httpx

from fake_server.core.journal.calls import calls_of
from octamem_testing.chaos.scenario.calls import What
from octamem_testing.chaos.scenario.scenario import ScenarioError
from octamem_testing.chaos.scenario.trace import Trace
from octamem_testing.chaos.scenario.trial import RequestRecord
from octamem_testing.chaos.schedule.steps import (
    INTERLEAVE,
    word_of,
)
from octamem_testing.chaos.world.child_calls import ChildCalls
from octamem_testing.chaos.world.real_waits import RealWaits
from octamem_testing.static import in_trio_task
from octamem_testing.virtual_time.bounds import Bounds
from octamem_testing.virtual_time.clock import ticks_to_wait
from octamem_testing.virtual_time.threads.lineage import current_actor, current_sender

if TYPE_CHECKING:
    from fake_server.core import Exchange, Fake, Request
    from octamem_testing.chaos.world.outcome import Life
    from octamem_testing.virtual_time.event_loop import RoundClock

from .body_texts import texts_of
from .ordered_transport import OrderedTransport

__all__ = ["RecordingTransport", "is_recorded", "record_of"]

_RECORD = "octamem_chaos"
"""The name under which a request carries its record, among httpx's extensions."""


class RecordingTransport(OrderedTransport):
    """The in-process transport of one round; `requests` holds a record of each request, oldest first."""

    is_judged = False

    def __init__(self, fake: Fake, clock: RoundClock, bounds: Bounds) -> None:
        super().__init__(fake, clock)
        self.requests: List[RequestRecord] = []
        self.interrupted_at: Optional[int] = None
        self.ended_after: Optional[int] = None  # how many requests there were when the scenario ended
        self.task: Optional[asyncio.Task[Any]] = None
        self.longer = 0.0  # seconds by which an attempt that meets a fault takes longer, in a rerun
        self.pauses: Dict[What, float] = {}  # seconds by which the first of a call takes longer
        self.real_waits: Optional[RealWaits] = None
        self.trace: Optional[Trace] = None
        self.life = 1
        self.failure: Optional[BaseException] = None  # an error that is not for the client, such as one of the fake
        self.concurrent = False  # whether requests were in flight at the same time, or could have been
        self.child_calls = ChildCalls()
        self._in_flight = 0
        self._bounds = bounds
        self.earlier = 0  # requests of the lives before
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
            self._bounds.check(self._fake, requests=len(self.requests) - self.earlier + 1)
            try:
                exchange = super().accept(request, received)
            except Exception as error:
                self.failure = self.failure or error
                raise
            of_client = self.prepare_step(request, exchange)
            entry = exchange.entry
            nth = self._nth[entry.key, entry.endpoint] = self._nth.get((entry.key, entry.endpoint), 0) + 1
            text, context = texts_of(entry.endpoint, received.body)
            sender = current_sender()
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
                of_scenario=self.task is not None and current_actor() is self.task,
                account=self._accounts.setdefault(entry.key, len(self._accounts) + 1),
                sender=self._senders.setdefault(sender, len(self._senders) + 1),
                life=self.life,
            )
            record.caller = self._scheduler.lineage.caller_of(record.what, record.number, sender, text)
            self.requests.append(record)
            if self.trace is not None:
                self.trace.note_request(record.number)
            if word_of(entry.fault) == INTERLEAVE:
                record.fault = entry.fault
                exchange.meet(None)
        request.extensions[_RECORD] = record
        return exchange

    def prepare_step(self, request: httpx.Request, exchange: Exchange) -> Optional[bool]:
        """Let the fake answer what a step of chaos needs; return whether it is of the scenario's client, if known."""
        raise NotImplementedError

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request, and note when the client knows."""
        with self._noting_when_known(request):
            return self.exchanged(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request, and note when the client knows."""
        self._refuse_trio()
        with self._noting_when_known(request):
            return await self.exchanged_async(request)

    def exchanged(self, request: httpx.Request) -> httpx.Response:
        """Answer a request as the fake does; in a rerun an attempt may take longer."""
        try:
            return super().handle_request(request)
        finally:
            longer = self._takes_longer(request)
            if longer:
                self._scheduler.sleep(ticks_to_wait(longer))

    async def exchanged_async(self, request: httpx.Request) -> httpx.Response:
        """Answer a request as the fake does; in a rerun an attempt may take longer."""
        try:
            response = await super().handle_async_request(request)
        except httpx.HTTPError:
            await self._take_longer(request)
            raise
        await self._take_longer(request)
        return response

    def interleaved_at(self, request: httpx.Request) -> Optional[str]:
        """Return the step by which all others go first at a request, None for none."""
        return record_of(request).fault if is_recorded(request) else None

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

    def note_failure(self, error: BaseException) -> None:
        """Note an error by which nobody can judge the round, whatever the program makes of it; the first one counts."""
        self.failure = self.failure or error

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

    async def _take_longer(self, request: httpx.Request) -> None:
        longer = self._takes_longer(request)
        if longer:
            await asyncio.sleep(longer)

    def _takes_longer(self, request: httpx.Request) -> float:
        """Return the seconds by which a request takes longer in a rerun."""
        record: Optional[RequestRecord] = request.extensions.get(_RECORD) if self.longer or self.pauses else None
        if record is None:
            return 0.0
        return self.pauses.pop(record.what, 0.0) + (0.0 if record.entry.fault is None else self.longer)

    def go_on_after(self, before: Life) -> None:
        """Go on with the requests of the lives before this one."""
        self.life, self.interrupted_at = before.number + 1, before.interrupted_at
        self.requests.extend(before.requests)
        self.earlier = len(before.requests)
        for each in before.requests:
            self._nth[each.entry.key, each.entry.endpoint] = each.nth
            self._accounts[each.entry.key] = each.account
            self._senders[each.life, each.sender] = each.sender  # whoever it was, it is gone

    def _refuse_trio(self) -> None:
        if in_trio_task():
            self.failure = ScenarioError("trio is not supported: run the scenario on asyncio")
            raise self.failure

    @contextmanager
    def _noting_when_known(self, request: httpx.Request) -> Generator[None, None, None]:
        """Note when the client learns the result of a request; a client that cancels it never does.

        An error before the request was accepted is the program's own, such as a body that cannot be read.
        """
        self.child_calls.require_none()
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


def is_recorded(request: httpx.Request) -> bool:
    """Whether this process has accepted a request, rather than the one that it was forked from."""
    return _RECORD in request.extensions


def record_of(request: httpx.Request) -> RequestRecord:
    """Return the record of a request that was accepted."""
    record: RequestRecord = request.extensions[_RECORD]
    return record
