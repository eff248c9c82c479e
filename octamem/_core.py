"""What a client is made of: its checked options, its connections, and what it hands to a call."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Dict, Generator, Generic, Optional, Protocol, TypeVar

import httpx

from . import _calls
from ._advice import NOWHERE, Place
from ._async_pool import AsyncPool
from ._bounds import Bounds
from ._budget import RetryBudget
from ._calls import Call, ResultT
from ._clock import SYSTEM_CLOCK, AsyncClock, SyncClock
from ._conceal import conceal
from ._endpoint import Endpoint
from ._errors import closed_error
from ._exchange import CALLED_OFF, Attempt, Sent, World, exchange
from ._models import AddParams, AddResult, GetParams, MemoryDetails, SearchResult
from ._observe import observe, retrying
from ._pool import Pool
from ._registry import REGISTRY, Member
from ._seam import STATE, SYSTEM_RANDOM, Seam, chosen, during_call
from ._settings import Settings, check_methods, checked
from ._transports import warm_up

# Here, where the import system lets one thread in at a time: built by the first answers they would be built by
# many threads at once, which pydantic is not made for.
for _model in (SearchResult, AddResult, MemoryDetails):
    _model.model_rebuild()


class _Pool(Protocol):
    closed: bool
    own: Any

    def after_fork(self) -> None: ...


class _Clock(Protocol):
    def now(self) -> float: ...


PoolT = TypeVar("PoolT", bound=_Pool)
ClockT = TypeVar("ClockT", bound=_Clock)


@dataclass(frozen=True)
class Flight(Generic[ResultT, ClockT]):
    """One call under way: what it does, when, and through what; `transport` is None for the pool's own."""

    call: Call[ResultT]
    settings: Settings
    clock: ClockT
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
        owns_pool: bool = True,
    ) -> None:
        self.settings = settings
        self.pool = pool
        self.owns_pool = owns_pool
        self.closed = False
        self._clock = clock
        self._budget = budget
        self._endpoint: Optional[Endpoint] = None
        self._observe = partial(observe, hook=settings.on_attempt)
        renewed = () if budget is None else (budget.renew_lock,)
        self._unseen = settings.unseen()
        # Of parts rather than of the client, which the registry so does not keep alive.
        self._member = REGISTRY.join(Member(settings.url, (pool.after_fork, *renewed)))

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
            changes = checked(options)
        settings = replace(self.settings, **changes)
        budget = new_budget(settings) if "retry_budget" in changes else self._budget
        return type(self)(settings, self.pool, self._clock, budget, owns_pool=False)

    def shown_url(self) -> str:
        """Return the base URL as a repr shows it, without the key."""
        key, url = self.settings.api_key, self.settings.base_url
        if url is None:
            return "base URL from the environment"
        return conceal(url, key, ()) if key else url

    def begin(self, call: Call[ResultT]) -> Flight[ResultT, ClockT]:
        """Return what a call needs, as things are now; OctaMemError without a key or once the client is closed."""
        if self.closed:
            raise closed_error()
        seam = STATE.seam
        clock = self._clock_in(seam)
        endpoint = self._current_endpoint()
        transport = self._transport_in(seam)
        rng = SYSTEM_RANDOM if seam.layer.rng is None else seam.layer.rng
        world = World(
            now=clock.now,
            random=rng.random,
            observe=self._observe,
            retrying=retrying,
            # A closure, and not a partial, which would show the texts in its repr.
            conceal=lambda message: conceal(message, endpoint.key, call.texts),
            budget=self._budget,
            closed=self._is_closed,
            place=self._place(endpoint, transport),
        )
        name = os.urandom(16).hex().encode()
        return Flight(call, self.settings, clock, endpoint, transport, world, name)

    def _place(self, endpoint: Endpoint, transport: object) -> Place:
        # What a kit puts under every client goes nowhere that could be named.
        ours = transport is None or transport is self.pool.own
        return endpoint.place(proxied=transport is None) if ours else NOWHERE

    def _is_closed(self) -> bool:
        return self.closed or self.pool.closed

    def _current_endpoint(self) -> Endpoint:
        known, settings = self._endpoint, self.settings
        if known is not None and settings.api_key is not None and settings.base_url is not None:
            return known
        with settings.unseen():
            key, url = settings.key(), settings.url()
        if known is None or known.key != key or known.base_url != url:
            known = self._endpoint = Endpoint(url, key, settings.url_variable())
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
        return chosen(self.pool.own, seam.layer.transport, seam.forced.transport)


class AsyncCore(Core[AsyncPool, AsyncClock]):
    """What an AsyncOctaMem client is made of."""

    def _clock_in(self, seam: Seam) -> AsyncClock:
        clock = chosen(self._clock, seam.layer.clock, seam.forced.clock)
        return SYSTEM_CLOCK if clock is None else clock

    def _transport_in(self, seam: Seam) -> Optional[httpx.AsyncBaseTransport]:
        return chosen(self.pool.own, seam.layer.async_transport, seam.forced.async_transport)


def new_budget(settings: Settings) -> Optional[RetryBudget]:
    """Return the budget that the settings ask for, full, or None."""
    return None if settings.retry_budget is None else RetryBudget(settings.retry_budget)


def sync_core(
    options: Dict[str, object], transport: Optional[httpx.BaseTransport], clock: Optional[SyncClock]
) -> SyncCore:
    """Return the core of an OctaMem client; ValidationError names an option that makes no sense."""
    settings = Settings(**checked(options))
    with settings.unseen():
        own = check_methods(transport, "transport", "handle_request", "close")
        clock = check_methods(clock, "clock", "now", "sleep")
    return SyncCore(settings, Pool(own), clock, new_budget(settings))


def async_core(
    options: Dict[str, object], transport: Optional[httpx.AsyncBaseTransport], clock: Optional[AsyncClock]
) -> AsyncCore:
    """Return the core of an AsyncOctaMem client; ValidationError names an option that makes no sense."""
    settings = Settings(**checked(options))
    with settings.unseen():
        own = check_methods(transport, "transport", "handle_async_request", "aclose")
        clock = check_methods(clock, "clock", "now", "sleep_async")
    if own is None and STATE.seam.layer.async_transport is None:
        warm_up()
    return AsyncCore(settings, AsyncPool(own), clock, new_budget(settings))
