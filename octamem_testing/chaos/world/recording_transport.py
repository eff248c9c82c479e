"""What stands between a scenario and the fake in one round: it records, cancels and closes."""

from __future__ import annotations

import asyncio
import threading
from asyncio import events
from contextlib import contextmanager
from json import loads
from typing import TYPE_CHECKING, Any, Dict, Generator, List, Optional, Tuple

import httpx

from fake_server.core.faults.steps import AFTER, BEFORE, Step
from fake_server.core.journal.calls import calls_of
from octamem.testing import sent_by
from octamem_testing.chaos.scenario.scenario import ScenarioError
from octamem_testing.chaos.scenario.trial import RequestRecord
from octamem_testing.chaos.schedule.steps import CANCEL, CANCEL_WAIT, CLOSE_CLIENT, own_name, word_of
from octamem_testing.static import in_trio_task
from octamem_testing.virtual_time.bounds import Bounds
from octamem_testing.wiring.mock import MockTransport
from octamem_testing.wiring.wire_errors import ASYNC, SYNC, reset

if TYPE_CHECKING:
    from fake_server.core import Exchange, Fake, Request
    from octamem_testing.virtual_time.event_loop import RoundClock

__all__ = ["RecordingTransport"]

_ARRIVAL = "octamem_chaos"
"""Under which name a request carries its arrival with it, among httpx's extensions."""
_WAITS = 0.001
"""Seconds after an answer in which a program that waits before it tries again does not yet: the least of `Delayed`."""
_ABANDONED = 30.0
"""Seconds after which a request fails that was in flight as its scenario was cancelled, but is none of its own."""


class RecordingTransport(MockTransport):
    """The in-process transport of one round."""

    def __init__(self, fake: Fake, clock: RoundClock, bounds: Bounds) -> None:
        super().__init__(fake, clock)
        self.requests: List[RequestRecord] = []
        self.interrupted_at: Optional[int] = None
        self.over_at: Optional[int] = None  # how many had arrived as the scenario ended
        self.task: Optional[asyncio.Task[Any]] = None
        self.client: Any = None
        self.has_close = False  # whether the schedule closes the client: only then it matters whose a request is
        self.failure: Optional[BaseException] = None  # of the fake, or whatever else is not for the client to see
        self._clock_of_round = clock
        self._bounds = bounds
        self._lock = threading.Lock()
        self._over_since = 0  # ticks
        self._let_go_at: Optional[int] = None  # how many had arrived as the tasks were cancelled that it left behind
        self._nth: Dict[Tuple[str, Optional[str]], int] = {}
        self._keys: Dict[str, int] = {}
        self._senders: Dict[object, int] = {}

    def admit(self, request: httpx.Request, received: Request) -> Exchange:
        """Let a request in and write it down; raises RoundStopped beyond the bounds."""
        with self._lock:
            self._clock_of_round.scheduler.act()
            self._bounds.hold(self._fake, requests=len(self.requests) + 1)
            try:
                exchange = super().admit(request, received)
            except Exception as error:
                self.failure = self.failure or error
                raise
            entry = exchange.entry
            if entry.fault is not None:
                entry.fault = own_name(entry.fault)
            nth = self._nth[entry.key, entry.endpoint] = self._nth.get((entry.key, entry.endpoint), 0) + 1
            of_client = sent_by(request, self.client) if self.has_close else None
            if word_of(entry.fault) == CLOSE_CLIENT and not of_client:
                exchange.meet(None)  # of another client, which stays open
            if entry.fault is not None and word_of(entry.fault) == CANCEL_WAIT:
                name = entry.fault
                exchange.meet(Step("status", AFTER if name.endswith(AFTER) else BEFORE, status=503))
                entry.fault = name
            text, context = _texts(entry.endpoint, received.body)
            arrival = RequestRecord(
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
                of_scenario=self._is_of_scenario(),
                account=self._keys.setdefault(entry.key, len(self._keys) + 1),
                sender=self._senders.setdefault(_current_task() or threading.current_thread(), len(self._senders) + 1),
            )
            self.requests.append(arrival)
        request.extensions[_ARRIVAL] = arrival
        return exchange

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request as the fake does, and carry out what a schedule has for it beyond that."""
        self._clock_of_round.scheduler.breathe()
        with self._learning(request):
            response = super().handle_request(request)
            if self._is(request, CLOSE_CLIENT) and _arrival(request).of_client:
                self._leave(request)
                self.client.close()
                raise reset(SYNC)
            return response

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request as `handle_request` does."""
        self._hold_no_trio()
        with self._learning(request):
            response = await super().handle_async_request(request)
            if self._is(request, CLOSE_CLIENT) and _arrival(request).of_client:
                self._leave(request)
                await self.client.close()
                raise reset(ASYNC)
            if self._is(request, CANCEL) and self.task is not None:
                self._leave(request)
                self.task.cancel()
                await asyncio.sleep(_ABANDONED)
                raise reset(ASYNC)
            if self._is(request, CANCEL_WAIT):
                asyncio.get_running_loop().call_later(_WAITS, self._cancel_waiting, _arrival(request))
            return response

    def _cancel_waiting(self, struck: RequestRecord) -> None:
        """Cancel a scenario that has sent nothing since an answer: it waits, or is at something else than a call."""
        if self.task is not None and not self.task.done() and len(self.requests) == struck.number:
            self.interrupted_at = struck.number
            self.task.cancel()

    def settled(self) -> Tuple[RequestRecord, ...]:
        """Give the arrivals with what the journal knows of them now that the round is over."""
        asked = any(arrival.entry.retry_after is not None for arrival in self.requests)
        views = (
            {view.entry.seq: view for call in calls_of(self._fake.requests()) for view in call.attempts}
            if asked
            else {}
        )
        for arrival in self.requests:
            entry = arrival.entry
            arrival.fault, arrival.status = entry.fault, entry.status
            if entry.seq in views:
                arrival.retry_after = views[entry.seq].retry_after
        return tuple(self.requests)

    def over(self) -> None:
        """Note that the scenario has ended."""
        self.over_at, self._over_since = len(self.requests), self._fake.now()

    def let_go(self) -> None:
        """Note that the tasks are cancelled that the scenario has left behind."""
        self._let_go_at = len(self.requests)

    def leftover(self) -> Tuple[RequestRecord, ...]:
        """Give what was sent after the scenario's end: later than that moment, or by what was cancelled there.

        What was under way before may still come in the same instant.
        """
        began = len(self.requests) if self.over_at is None else self.over_at
        let_go = len(self.requests) if self._let_go_at is None else self._let_go_at
        late = self.requests[began:]
        return tuple(each for each in late if each.at > self._over_since or each.number > let_go)

    def _hold_no_trio(self) -> None:
        if in_trio_task():
            self.failure = ScenarioError(
                "trio cannot be hunted, as its clock is not the round's: run the scenario on asyncio"
            )
            raise self.failure

    def _is(self, request: httpx.Request, own: str) -> bool:
        return word_of(_arrival(request).entry.fault) == own

    def _leave(self, request: httpx.Request) -> None:
        arrival = _arrival(request)
        entry = arrival.entry
        entry.status = entry.response = None
        entry.undelivered(f"in flight at the {arrival.entry.fault}")
        self.interrupted_at = arrival.number

    def _is_of_scenario(self) -> bool:
        return self.task is not None and _current_task() is self.task

    @contextmanager
    def _learning(self, request: httpx.Request) -> Generator[None, None, None]:
        """Note when the client learns what came of a request: whoever has cancelled one never does.

        An error before it was let in is the program's own: of a body that cannot be read, or not twice.
        """
        request.extensions.pop(_ARRIVAL, None)
        try:
            yield
        except httpx.HTTPError:
            self._known(request)
            raise
        except Exception as error:
            if _ARRIVAL in request.extensions:
                self.failure = self.failure or error
            raise
        self._known(request)

    def _known(self, request: httpx.Request) -> None:
        arrival: Optional[RequestRecord] = request.extensions.get(_ARRIVAL)
        if arrival is not None:
            arrival.known = self._fake.now()


def _arrival(request: httpx.Request) -> RequestRecord:
    arrival: RequestRecord = request.extensions[_ARRIVAL]
    return arrival


def _current_task() -> Optional[asyncio.Task[Any]]:
    return None if events._get_running_loop() is None else asyncio.current_task()  # noqa: SLF001 - raises nothing


def _texts(endpoint: Optional[str], body: bytes) -> Tuple[Optional[str], Optional[str]]:
    """Read the text and the context of a request, as far as it has them."""
    try:
        fields = loads(body)
    except ValueError:
        return None, None
    if not isinstance(fields, dict):
        return None, None
    text = fields.get("content" if endpoint == "add" else "query")
    context = fields.get("previousContext", "")
    return text if isinstance(text, str) else None, context if isinstance(context, str) else None
