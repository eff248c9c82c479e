"""The way in for a request: who sends it, which fault it meets, and its entry in the journal."""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b
from typing import Callable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from fake_server.core.bounds import CapacityError
from fake_server.core.faults.armed import Armed, next_is_mid, take_step
from fake_server.core.faults.script import ScriptError, Step, parse
from fake_server.core.journal.feed import Feed
from fake_server.core.journal.journal import Journal
from fake_server.core.lock import FairLock
from fake_server.core.messages import Request
from fake_server.core.tenants.tenant import Tenant
from fake_server.core.tenants.tenants import Tenants

from .checks import ROUTES, bearer, declared_length
from .exchange import Exchange

__all__ = ["Lifecycle"]

FAULT_HEADER = "x-octamem-fault"
FIRST_CHUNK = 16 << 10
"""Bytes of a body that are kept if a fault is injected @mid: as many as a first chunk on a socket holds, so that the
journal is the same whichever way a request came."""


class _Caller(NamedTuple):
    """Who sends a request, what for, and when; the tenant is None if no valid key is named, or there is no room."""

    key: str
    tenant: Optional[Tenant]
    endpoint: Optional[str]
    ticks: int
    full: Optional[CapacityError]  # why there is no room for the key


class _Scripts(NamedTuple):
    """The scripts that a request may meet, in their order, or why the one of its own header cannot be read."""

    scopes: Tuple[Sequence[Armed], ...] = ()
    unreadable: str = ""


_NO_SCRIPTS = _Scripts()


class Lifecycle:
    """Accepts requests, under the scripts `armed` for the whole server; the caller holds `lock`."""

    def __init__(self, tenants: Tenants, lock: FairLock) -> None:
        self.armed: List[Armed] = []
        self.seq = 0
        self._tenants = tenants
        self._lock = lock
        self.epoch = 0
        self._unauthenticated = self._new_journal()

    def reset(self) -> Callable[[], None]:
        """Disarm all scripts, and empty the journal of the requests without a valid key; return what undoes it."""
        armed, seq, unauthenticated = list(self.armed), self.seq, self._unauthenticated
        self.armed.clear()
        self.seq = 0
        self._unauthenticated = self._new_journal()
        unauthenticated.feed = Feed()  # a request that is still under way is told to nobody

        def undo_it() -> None:
            self.armed[:] = armed
            self.seq = max(self.seq, seq)
            self._unauthenticated = unauthenticated
            unauthenticated.feed = self._tenants.feed

        return undo_it

    def _new_journal(self) -> Journal:
        tenants = self._tenants
        return Journal(feed=tenants.feed, keys=tenants.known, budget=tenants.budget)

    def journals(self, key: Optional[str]) -> Iterator[Journal]:
        """Yield the journals that hold the attempts of one key, or those of all."""
        used = self._tenants.used(key)
        yield from (tenant.journal for tenant in (self._tenants if key is None else [used] if used else []))
        yield self._unauthenticated

    def accept(self, request: Request) -> Exchange:
        """Accept one request."""
        caller = self._caller(request)
        return self._accept(request, caller, self._scripts(request, caller))

    def intercept(self, request: Request) -> Optional[Exchange]:
        """Accept a request of which only the beginning has come, if its fault is one for @mid."""
        caller = self._caller(request)
        scripts = self._scripts(request, caller)
        return self._accept(request, caller, scripts) if _is_cut(caller, scripts) else None

    def _caller(self, request: Request) -> _Caller:
        key = bearer(request.headers)
        full: Optional[CapacityError] = None
        try:
            tenant = self._tenants.find(key)
        except CapacityError as error:
            tenant, full = None, error
        endpoint = ROUTES.get(request.path)
        if tenant is None:
            return _Caller(key or "", None, endpoint, self._tenants.clock.ticks(), full)
        # The tenant's own copy of the key: the journal keeps one an attempt.
        return _Caller(tenant.key, tenant, endpoint, tenant.clock.ticks(), None)

    def _scripts(self, request: Request, caller: _Caller) -> _Scripts:
        _, tenant, endpoint, _, full = caller
        own: Sequence[Armed] = tenant.armed if tenant is not None else ()
        text = request.headers.get(FAULT_HEADER)
        if not (own or self.armed or text) or endpoint is None or full is not None:
            return _NO_SCRIPTS
        if not text:
            return _Scripts((own, self.armed))
        settings = tenant.settings if tenant is not None else self._tenants.settings
        # Blanked before it is read: an error shows a part of it, which may be a part of a key.
        text = self._tenants.known.blank(text, caller.key)
        try:
            once = Armed(parse(text), seed=settings.seed, since={}, default_since=caller.ticks, lock=self._lock)
        except ScriptError as error:
            return _Scripts(unreadable=f"{FAULT_HEADER}: {error}")
        return _Scripts(([once], own, self.armed))

    def _accept(self, request: Request, caller: _Caller, scripts: _Scripts) -> Exchange:
        key, tenant, endpoint, ticks, full = caller
        if scripts.scopes and len(request.body) > FIRST_CHUNK and _is_cut(caller, scripts):
            request = replace(request, body=request.body[:FIRST_CHUNK])
        if tenant is None:
            settings, journal, key_id = self._tenants.settings, self._unauthenticated, ""
        else:
            settings, journal, key_id = tenant.settings, tenant.journal, tenant.key_id
        most = settings.max_body
        if len(request.body) > most:
            # As much as a server would have read: nothing of a body announced as too large, else a byte more.
            read = 0 if declared_length(request.headers) > most else most + 1
            request = replace(request, body=request.body[:read])
        self.seq += 1
        name = _request_id(settings.seed, self.epoch, self.seq)
        entry = journal.open(self.seq, ticks, key, request, endpoint, request_id=name, key_id=key_id)
        entry.settings = settings
        step: Optional[Step] = None
        if scripts.unreadable:
            entry.notes.append(scripts.unreadable)
        elif scripts.scopes:
            step = take_step(scripts.scopes, endpoint or "", key, ticks, entry.identity)
        return Exchange(
            request,
            tenant,
            step,
            scripts.unreadable,
            full=full,
            entry=entry,
            journal=journal,
            tenants=self._tenants,
            lock=self._lock,
        )


def _request_id(seed: int, epoch: int, seq: int) -> str:
    """Return the name of a request: unique until a reset, and the same in every run with the same seed and order.

    The epoch counts the starts of a server that keeps its memories, so that a new run repeats no name.
    """
    run = f"{seed}/{epoch}" if epoch else str(seed)
    return f"req_{blake2b(f'{run}/request/{seq}'.encode(), digest_size=8).hexdigest()}"


def _is_cut(caller: _Caller, scripts: _Scripts) -> bool:
    """Return whether a request meets a fault @mid, so that only the beginning of its body is read."""
    if not any(armed.has_mid for scope in scripts.scopes for armed in scope):
        return False
    return next_is_mid(scripts.scopes, caller.endpoint or "", caller.key, caller.ticks)
