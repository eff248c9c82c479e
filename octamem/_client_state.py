"""The parts of a client: its options and its sessions, from which each call gets its context."""

from __future__ import annotations

import os
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from traceback import clear_frames
from typing import Any, Callable, List, Mapping, Optional, Tuple, Type, Union

import httpx

from ._call.advice import NOWHERE
from ._call.budget import RetryBudget
from ._call.environment import Environment
from ._call.operations import Call
from ._clock import SYSTEM_CLOCK
from ._errors import ValidationError, closed_error
from ._headers import secrets_of
from ._http.async_pool import AsyncPool
from ._http.call_context import CallContext
from ._http.endpoint import Endpoint
from ._http.given import check_client, check_transport
from ._http.pool import Pool
from ._http.transports import warm_up
from ._models import AddResult, MemoryDetails, ResultT, SearchResult
from ._observe import name_once, observe, retrying
from ._options import UNSET
from ._overrides import IN_FORCE, SYSTEM_RANDOM
from ._redact.redact import redact, redact_error
from ._registry import REGISTRY, Member
from ._session import Scope, Session
from ._settings import KEY_VARIABLE, Settings, check_methods

# Built here, under the lock of the import system. The first answers would build them in many threads at once, which
# pydantic does not support.
for _model in (SearchResult, AddResult, MemoryDetails):
    _model.model_rebuild()

_NO_SCOPE = nullcontext()


@dataclass(frozen=True)
class Kind:
    """The differences between the two clients: their pool, and names and methods of what they are given."""

    pool: Callable[[Any], Union[Pool, AsyncPool]]
    http_client: Type[Any]
    transport: str
    transport_methods: Tuple[str, ...]
    transport_type: str
    clock_methods: Tuple[str, ...]


SYNC = Kind(
    Pool,
    httpx.Client,
    "transport",
    ("handle_request", "close"),
    "an httpx.BaseTransport",
    ("now", "sleep"),
)
ASYNC = Kind(
    AsyncPool,
    httpx.AsyncClient,
    "async_transport",
    ("handle_async_request", "aclose"),
    "an httpx.AsyncBaseTransport",
    ("now", "sleep_async"),
)


class ClientState:
    """The options of one client, and what its calls share; a derived client shares the pool of its origin."""

    def __init__(
        self,
        kind: Kind,
        settings: Settings,
        session: Session,
        clock: Any,
        *,
        built_in: Optional[Scope],
        origin: Optional[ClientState] = None,
    ) -> None:
        self.settings = settings
        self.owns_pool = origin is None
        self.identity: object = object() if origin is None else origin.identity
        """The same object for a client and all its `with_options` copies."""
        self._kind = kind
        self._session = session
        self._built_in = built_in
        self._clock = clock
        self._observe = partial(observe, hook=settings.on_attempt)
        self._entered: List[None] = []
        self._is_fixed = settings.api_key is not None and settings.base_url is not None
        # The registry gets parts and not the client, which it would keep alive.
        shared = [part for part in (session.pool, session.budget) if part is not None]
        url = partial(_current_url, settings, built_in)
        self._member = REGISTRY.join(Member(url, tuple(part.after_fork for part in shared)))

    def enter(self) -> None:
        """Note that a `with` block of the client begins."""
        self._entered.append(None)

    def leave(self) -> bool:
        """Note that a `with` block of the client ends, and return whether it was the last one."""
        # A list changes as a whole, so threads need no lock here, which a fork could leave locked.
        with suppress(IndexError):
            self._entered.pop()
        return not self._entered

    def session(self) -> Session:
        """Return the session in force: a fresh one in an override block that began after the client was built."""
        return self._session_in(IN_FORCE.overrides.scope)

    def _session_in(self, scope: Optional[Scope]) -> Session:
        return self._session if scope is None or scope is self._built_in else self._session.in_scope(scope)

    def derived(self, options: Mapping[str, object]) -> ClientState:
        """Return a state with these options changed, on the same connections, clock and budget."""
        try:
            settings = self.settings.changed(options)
        except ValidationError as error:
            redact_error(error, options["api_key"], *_keys(self.settings))
            raise
        budget = self._session.budget if options["retry_budget"] is UNSET else _new_budget(settings)
        session = Session(self._session.pool, budget)
        session.named = self._session.named
        return ClientState(self._kind, settings, session, self._clock, built_in=self._built_in, origin=self)

    def url_for_repr(self) -> str:
        """Return the base URL without the key."""
        key, url = self.settings.api_key, self.settings.base_url
        if url is None or (_is_looked_up_again(self._built_in) and "base_url" in self.settings.environment):
            return "base URL from the environment"
        return redact(url, key, ()) if key else url

    def transport_for_repr(self, own: object) -> str:
        """Return what a transport shows of itself, such as the fake of a test kit; "" if it has no repr of its own."""
        transport: Any = IN_FORCE.overrides.choose(self._kind.transport, own)
        if transport is None or "__repr__" not in {
            name for kind in type(transport).__mro__[:-1] for name in vars(kind)
        }:
            return ""
        with suppress(Exception):  # it is the user's code
            shown = f"{transport!r:.200}"
            return redact(shown, self.settings.api_key, ()) if self.settings.api_key else shown
        return ""

    def begin(self, operation: Callable[[], Call[ResultT]]) -> CallContext[ResultT]:
        """Return the context of a call; an OctaMemError for invalid arguments, no key, or a closed client."""
        overrides = IN_FORCE.overrides
        session = self._session_in(overrides.scope)
        try:
            call = operation()
            if session.closed:
                raise closed_error()
            endpoint = self._endpoint_of(session)
        except ValidationError as error:
            redact_error(error, *_keys(self.settings))
            # The frames below hold the texts, and a traceback keeps them.
            clear_frames(error.__traceback__)
            raise
        pool: Any = session.pool
        given = pool.given
        chosen, clock, rng = given, self._clock, None
        if overrides.scope is not None:
            chosen = overrides.choose(self._kind.transport, given)
            clock, rng = overrides.choose("clock", clock), overrides.override.rng
        clock = SYSTEM_CLOCK if clock is None else clock
        clock_scope = getattr(clock, "call", None)
        environment = Environment(
            clock.now,
            (SYSTEM_RANDOM if rng is None else rng).random,
            self._observe,
            retrying,
            lambda operation, field, text: name_once(
                session.named, lambda name: redact(name, endpoint.key, call.texts), operation, field, text
            ),
            # A closure, and not a partial, which would show the texts in its repr.
            lambda message: endpoint.redact(message, call.texts),
            session.is_closed,
            session.budget,
            # The transport of a test kit goes nowhere that has an address.
            lambda: endpoint.destination(proxied=given is None) if chosen is given else NOWHERE,
        )
        return CallContext(
            call,
            self.settings,
            clock,
            _NO_SCOPE if clock_scope is None else clock_scope(),
            pool,
            pool.own if chosen is given else pool.client_over(chosen),
            endpoint,
            environment,
            (call.idempotency_key or os.urandom(16).hex()).encode(),
            self.identity,
        )

    def _endpoint_of(self, session: Session) -> Endpoint:
        known, settings = session.endpoint, self.settings
        again = session is not self._session
        if known is not None and self._is_fixed and not (again and settings.environment):
            return known
        key, url = settings.key(again=again), settings.url(again=again)
        if known is None or known.key != key or known.base_url != url:
            known = session.endpoint = Endpoint(url, key, settings.url_variable(), settings.default_headers)
        return known


def new_state(kind: Kind, options: Mapping[str, Any], client: Type[object]) -> ClientState:
    """Return the state of a new client; ValidationError names an invalid option."""
    try:
        settings = Settings().changed(options)
        expected = f"{kind.transport_type} for {client.__name__}"
        transport = check_transport(options["transport"], expected, *kind.transport_methods)
        http_client = check_client(options["http_client"], transport, kind.http_client, client.__name__)
        methods = " and ".join(f"{name}()" for name in kind.clock_methods)
        clock = check_methods(options["clock"], "clock", f"an object with {methods}", *kind.clock_methods)
    except ValidationError as error:
        secrets = secrets_of(options["default_headers"])
        redact_error(error, options["api_key"], os.environ.get(KEY_VARIABLE), *secrets)
        raise
    given = transport if http_client is None else http_client
    overrides = IN_FORCE.overrides
    if kind is ASYNC and given is None and overrides.override.async_transport is None:
        warm_up()
    session = Session(kind.pool(given), _new_budget(settings))
    return ClientState(kind, settings, session, clock, built_in=overrides.scope)


def _keys(settings: Settings) -> Tuple[object, ...]:
    return settings.api_key, os.environ.get(KEY_VARIABLE), *secrets_of(settings.default_headers)


def _is_looked_up_again(built_in: Optional[Scope]) -> bool:
    """Return whether an override block is in force that began after a client was built in `built_in`."""
    return IN_FORCE.overrides.scope not in (None, built_in)


def _current_url(settings: Settings, built_in: Optional[Scope]) -> str:
    return settings.url(again=_is_looked_up_again(built_in))


def _new_budget(settings: Settings) -> Optional[RetryBudget]:
    return None if settings.retry_budget is None else RetryBudget(settings.retry_budget)
