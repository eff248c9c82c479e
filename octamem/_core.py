"""What a client is made of: its checked options, its connections, and what it hands to a call."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any, Dict, Generator, Generic, Optional, Protocol, TypeVar

import httpx

from ._call import operations as _calls
from ._call.advice import NOWHERE, Place
from ._call.budget import RetryBudget
from ._call.exchange import CALLED_OFF, Attempt, Sent, World, exchange
from ._call.operations import Call, ResultT
from ._clock import SYSTEM_CLOCK, AsyncClock, SyncClock
from ._errors import closed_error
from ._http.async_pool import AsyncPool
from ._http.endpoint import Endpoint
from ._http.limits import Bounds
from ._http.pool import Pool
from ._http.transports import warm_up
from ._models import AddParams, AddResult, GetParams, MemoryDetails, SearchResult
from ._observe import observe, retrying
from ._options import UNSET
from ._overrides import STATE, SYSTEM_RANDOM, Seam, chosen, during_call
from ._redact.redact import conceal
from ._registry import REGISTRY, Member
from ._settings import Settings, check_methods
from ._state import ClientState, PoolT, Scope

# Here, where the import system lets one thread in at a time: built by the first answers they would be built by
# many threads at once, which pydantic is not made for.
for _model in (SearchResult, AddResult, MemoryDetails):
    _model.model_rebuild()


class _Clock(Protocol):
    def now(self) -> float: ...


ClockT = TypeVar("ClockT", bound=_Clock)


@dataclass(frozen=True)
class Flight(Generic[ResultT, PoolT, ClockT]):
    """One call under way: what it does, when, and through what; `transport` is None for the pool's own."""

    call: Call[ResultT]
    settings: Settings
    clock: ClockT
    pool: PoolT
    endpoint: Endpoint
    transport: Any
    world: World
    name: bytes

    def during(self) -> AbstractContextManager[object]:
        """Return what the call is to be inside of."""
        return during_call(self.clock)

    def steps(self) -> Generator[Attempt, Sent, ResultT]:
        """Return the life of the call."""
        return exchange(self.call, self.settings, self.world)

    # A request is in no variable here: it holds the key, and a traceback keeps the variables.

    def send(self, transport: httpx.BaseTransport, attempt: Attempt) -> Sent:
        """Make one attempt, unless the client was closed since the last, and return what came of it."""
        if attempt.wait and self.world.closed():
            return CALLED_OFF
        return self.endpoint.send(transport, self._request(attempt), self._bounds(attempt))

    async def send_async(self, transport: httpx.AsyncBaseTransport, attempt: Attempt) -> Sent:
        """Make one attempt, unless the client was closed since the last, and return what came of it."""
        if attempt.wait and self.world.closed():
            return CALLED_OFF
        return await self.endpoint.send_async(transport, self._request(attempt), self._bounds(attempt))

    def _request(self, attempt: Attempt) -> httpx.Request:
        return self.endpoint.request(self.call, self.name, attempt.timeout, attempt.number)

    def _bounds(self, attempt: Attempt) -> Bounds:
        return Bounds(self.settings.max_response_bytes, attempt.deadline, self.clock.now)


class Core(ABC, Generic[PoolT, ClockT]):
    """The options of one client, and what its calls share; a derived one shares its pool with its origin."""

    details = staticmethod(_calls.details)

    def __init__(
        self,
        settings: Settings,
        pool: PoolT,
        clock: Optional[ClockT],
        budget: Optional[RetryBudget],
        *,
        built_in: Optional[Scope],
        owns_pool: bool = True,
    ) -> None:
        self.settings = settings
        self.owns_pool = owns_pool
        self._kept = ClientState(pool, budget)
        self._built_in = built_in
        self._clock = clock
        self._observe = partial(observe, hook=settings.on_attempt)
        self._unseen = settings.unseen()
        # Of parts rather than of the client, which the registry so does not keep alive.
        let_go = (pool.after_fork,) if budget is None else (pool.after_fork, budget.after_fork)
        self._member = REGISTRY.join(Member(partial(_current_url, settings, self._built_in), let_go))

    def state(self) -> ClientState[PoolT]:
        """Return the state in force: a fresh one in an override block that began after the client was built."""
        return self._state_in(STATE.seam)

    def _state_in(self, seam: Seam) -> ClientState[PoolT]:
        scope = seam.scope
        return self._kept if scope is None or scope is self._built_in else self._kept.in_scope(scope)

    def get(self, params: Optional[GetParams], query: Optional[str], previous_context: str) -> Call[SearchResult]:
        """Return the call of a search; ValidationError for arguments that make no sense."""
        with self._unseen:
            return _calls.get(params, query, previous_context)

    def add(self, params: Optional[AddParams], content: Optional[str], previous_context: str) -> Call[AddResult]:
        """Return the call that stores a memory; ValidationError for arguments that make no sense."""
        with self._unseen:
            return _calls.add(params, content, previous_context)

    def derived(self, options: Dict[str, object]) -> Any:
        """Return a core with these options changed, on the same connections, clock and budget."""
        with self._unseen:
            settings = self.settings.changed(options)
        budget = self._kept.budget if options["retry_budget"] is UNSET else new_budget(settings)
        return type(self)(settings, self._kept.pool, self._clock, budget, built_in=self._built_in, owns_pool=False)

    def shown_url(self) -> str:
        """Return the base URL as a repr shows it, without the key."""
        key, url = self.settings.api_key, self.settings.base_url
        if url is None or (_looks_anew(self._built_in) and "base_url" in self.settings.environment):
            return "base URL from the environment"
        return conceal(url, key, ()) if key else url

    def begin(self, call: Call[ResultT]) -> Flight[ResultT, PoolT, ClockT]:
        """Return what a call needs, as things are now; OctaMemError without a key or once the client is closed."""
        seam = STATE.seam
        state = self._state_in(seam)
        if state.closed:
            raise closed_error()
        clock = self._clock_in(seam)
        endpoint = self._current_endpoint(state)
        transport = self._transport_in(seam)
        rng = SYSTEM_RANDOM if seam.layer.rng is None else seam.layer.rng
        world = World(
            now=clock.now,
            random=rng.random,
            observe=self._observe,
            retrying=retrying,
            # A closure, and not a partial, which would show the texts in its repr.
            conceal=lambda message: conceal(message, endpoint.key, call.texts),
            budget=state.budget,
            closed=state.is_closed,
            place=self._place(endpoint, transport),
        )
        name = os.urandom(16).hex().encode()
        return Flight(call, self.settings, clock, state.pool, endpoint, transport, world, name)

    def _place(self, endpoint: Endpoint, transport: object) -> Place:
        # What a kit puts under every client goes nowhere that could be named.
        ours = transport is None or transport is self._kept.pool.own
        return endpoint.place(proxied=transport is None) if ours else NOWHERE

    def _current_endpoint(self, state: ClientState[PoolT]) -> Endpoint:
        known, settings = state.endpoint, self.settings
        anew = state is not self._kept
        if known is not None and not settings.depend_on_environment(anew=anew):
            return known
        with settings.unseen():
            key, url = settings.key(anew=anew), settings.url(anew=anew)
        if known is None or known.key != key or known.base_url != url:
            known = state.endpoint = Endpoint(url, key, settings.url_variable())
        return known

    @abstractmethod
    def _clock_in(self, seam: Seam) -> ClockT:
        """Return the clock in force."""

    @abstractmethod
    def _transport_in(self, seam: Seam) -> object:
        """Return the transport in force, or None for the pool's own."""


class SyncCore(Core[Pool, SyncClock]):
    """What an OctaMem client is made of."""

    def _clock_in(self, seam: Seam) -> SyncClock:
        clock = chosen(self._clock, seam.layer.clock, seam.forced.clock)
        return SYSTEM_CLOCK if clock is None else clock

    def _transport_in(self, seam: Seam) -> Optional[httpx.BaseTransport]:
        return chosen(self._kept.pool.own, seam.layer.transport, seam.forced.transport)


class AsyncCore(Core[AsyncPool, AsyncClock]):
    """What an AsyncOctaMem client is made of."""

    def _clock_in(self, seam: Seam) -> AsyncClock:
        clock = chosen(self._clock, seam.layer.clock, seam.forced.clock)
        return SYSTEM_CLOCK if clock is None else clock

    def _transport_in(self, seam: Seam) -> Optional[httpx.AsyncBaseTransport]:
        return chosen(self._kept.pool.own, seam.layer.async_transport, seam.forced.async_transport)


def _looks_anew(built_in: Optional[Scope]) -> bool:
    """Return whether an override block is in force that began after a client was built in `built_in`."""
    return STATE.seam.scope not in (None, built_in)


def _current_url(settings: Settings, built_in: Optional[Scope]) -> str:
    return settings.url(anew=_looks_anew(built_in))


def new_budget(settings: Settings) -> Optional[RetryBudget]:
    """Return the budget that the settings ask for, full, or None."""
    return None if settings.retry_budget is None else RetryBudget(settings.retry_budget)


def sync_core(
    options: Dict[str, object], transport: Optional[httpx.BaseTransport], clock: Optional[SyncClock]
) -> SyncCore:
    """Return the core of an OctaMem client; ValidationError names an option that makes no sense."""
    settings = Settings().changed(options)
    with settings.unseen():
        own = check_methods(transport, "transport", "handle_request", "close")
        clock = check_methods(clock, "clock", "now", "sleep")
    return SyncCore(settings, Pool(own), clock, new_budget(settings), built_in=STATE.seam.scope)


def async_core(
    options: Dict[str, object], transport: Optional[httpx.AsyncBaseTransport], clock: Optional[AsyncClock]
) -> AsyncCore:
    """Return the core of an AsyncOctaMem client; ValidationError names an option that makes no sense."""
    settings = Settings().changed(options)
    with settings.unseen():
        own = check_methods(transport, "transport", "handle_async_request", "aclose")
        clock = check_methods(clock, "clock", "now", "sleep_async")
    if own is None and STATE.seam.layer.async_transport is None:
        warm_up()
    return AsyncCore(settings, AsyncPool(own), clock, new_budget(settings), built_in=STATE.seam.scope)
