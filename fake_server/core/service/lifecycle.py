"""The life of one request: who asks, which fault it meets, what is carried out and written down."""

from __future__ import annotations

from dataclasses import replace
from threading import RLock
from typing import Iterator, List, NamedTuple, Optional, Sequence, Tuple, Union

from fake_server.core.faults.armed import Armed, midway, refusal, spoil, strikes
from fake_server.core.faults.lies import Lie
from fake_server.core.faults.script import AFTER, BEFORE, LIES, ScriptError, Step, parse
from fake_server.core.journal.journal import Entry, Journal
from fake_server.core.messages import Outcome, Request
from fake_server.core.search.custom import SearchFailedError
from fake_server.core.tenants.tenant import Tenant
from fake_server.core.tenants.tenants import Tenancy

from .operations import ROUTES, bearer, declared_length, handle

__all__ = ["Exchange", "Reception"]

FAULT_HEADER = "x-octamem-fault"
FIRST_CHUNK = 16 << 10
"""Bytes that are kept of a body in which a fault strikes @mid: the first chunk on a socket holds as many, where there
are so many, so that the journal is the same whichever way a request came."""
_Scripts = Union[Tuple[Sequence[Armed], ...], str]
_NONE: Tuple[Armed, ...] = ()
_UNREADABLE = Step("status", BEFORE, status=400)


class _Caller(NamedTuple):
    """Who asks for what, and when: the tenant is None where no valid key is named."""

    key: str
    tenant: Optional[Tenant]
    endpoint: Optional[str]
    ticks: int


class Reception:
    """Admits requests and settles them, under the scripts `armed` for the whole server.

    The caller holds `lock` for everything but `settle`, which takes it itself: time may pass before.
    """

    def __init__(self, tenants: Tenancy, lock: RLock) -> None:
        self.armed: List[Armed] = []
        self.seq = 0
        self._tenants = tenants
        self._lock = lock
        self._lobby = Journal()  # of the attempts that open no memory

    def reset(self) -> None:
        """Disarm all, and begin the journal of those without a memory anew."""
        self.armed.clear()
        self.seq = 0
        self._lobby = Journal()

    def journals(self, key: Optional[str]) -> Iterator[Journal]:
        """Give the journals in which the attempts of one key stand, or those of all."""
        known = self._tenants.known(key)
        yield from (tenant.journal for tenant in (self._tenants if key is None else [known] if known else []))
        yield self._lobby

    def accept(self, request: Request) -> Exchange:
        """Admit one request."""
        caller = self._caller(request)
        return self._admit(request, caller, self._scripts(request, caller))

    def intercept(self, request: Request) -> Optional[Exchange]:
        """Admit a request of which only the beginning has come, if its fault strikes @mid."""
        caller = self._caller(request)
        scripts = self._scripts(request, caller)
        return self._admit(request, caller, scripts) if self._strikes_mid(caller, scripts) else None

    def _caller(self, request: Request) -> _Caller:
        key = bearer(request.headers)
        tenant = self._tenants.find(key)
        if tenant is None:
            return _Caller(key or "", None, ROUTES.get(request.path), self._tenants.clock.ticks())
        # The tenant's own copy of the key: the journal keeps one an attempt.
        return _Caller(tenant.key, tenant, ROUTES.get(request.path), tenant.ticks())

    def _scripts(self, request: Request, caller: _Caller) -> _Scripts:
        """Give the scripts that a request may meet, in the order in which they go; or why its own cannot be read."""
        tenant = caller.tenant
        own = tenant.armed if tenant is not None else _NONE
        text = request.headers.get(FAULT_HEADER)
        if not (own or self.armed or text) or caller.endpoint is None:
            return ()
        if not text:
            return (own, self.armed)
        settings = tenant.settings if tenant is not None else self._tenants.settings
        try:
            once = Armed(parse(text), seed=settings.seed, since={}, default_since=caller.ticks, lock=self._lock)
        except ScriptError as error:
            return f"{FAULT_HEADER}: {error}"
        return ([once], own, self.armed)

    def _strikes_mid(self, caller: _Caller, scripts: _Scripts) -> bool:
        if isinstance(scripts, str) or not any(armed.midway for scope in scripts for armed in scope):
            return False
        return midway(scripts, caller.endpoint or "", caller.key, caller.ticks)

    def _admit(self, request: Request, caller: _Caller, scripts: _Scripts) -> Exchange:
        tenant = caller.tenant
        if scripts and len(request.body) > FIRST_CHUNK and self._strikes_mid(caller, scripts):
            request = replace(request, body=request.body[:FIRST_CHUNK])
        most = (self._tenants.settings if tenant is None else tenant.settings).max_body
        if len(request.body) > most:
            # As much as a server would have read of it: nothing of what was announced as too large, else a byte more.
            read = 0 if declared_length(request.headers) > most else most + 1
            request = replace(request, body=request.body[:read])
        self.seq += 1
        journal = self._lobby if tenant is None else tenant.journal
        entry = journal.open(self.seq, caller.ticks, caller.key, request, caller.endpoint)
        step: Optional[Step] = None
        if isinstance(scripts, str):
            entry.notes.append(scripts)
            step = _UNREADABLE
        elif scripts:
            step = strikes(scripts, caller.endpoint or "", caller.key, caller.ticks, entry.identity)
        if step is not None:
            entry.fault = step.name
        return Exchange(self, request, tenant, step, entry)

    def settle(
        self, request: Request, tenant: Optional[Tenant], step: Optional[Step], entry: Entry
    ) -> Tuple[Outcome, Optional[SearchFailedError]]:
        """Carry a request out, or not, as its fault says; give the outcome, and how a search of one's own failed."""
        with self._lock:
            outcome: Outcome
            raised: Optional[SearchFailedError] = None
            if step is _UNREADABLE:
                outcome = refusal(400, "VALIDATION_ERROR", entry.notes[0])
                entry.fault = None
            elif step is not None and step.phase != AFTER and not step.holds_up:
                outcome = spoil(step, None)
            else:
                lie = Lie(step, entry.identity) if step is not None and step.kind in LIES else None
                handled = handle(request, tenant, lie)
                entry.effect = handled.effect
                entry.notes.extend(handled.notes)
                if handled.read is not None:
                    entry.read(handled.read)
                raised = handled.raised
                outcome = handled.reply if step is None or lie or step.holds_up else spoil(step, handled.reply)
            (tenant.journal if tenant else self._lobby).close(entry, outcome)
            return outcome, raised


class Exchange:
    """One request inside the fake: admitted, perhaps to wait before the handler runs, then decided once.

    `wait` is in seconds. A shell whose client left during the wait calls `abandon` instead of `decide`. `raised` is how
    the test author's own `search` failed, if it did: the outcome is then a 503, and a shell in the author's own process
    raises this instead.
    """

    def __init__(
        self, reception: Reception, request: Request, tenant: Optional[Tenant], step: Optional[Step], entry: Entry
    ) -> None:
        self.wait = _wait(step)
        self.raised: Optional[SearchFailedError] = None
        self._reception = reception
        self._request = request
        self._tenant = tenant
        self._step = step
        self._entry = entry

    @property
    def entry(self) -> Entry:
        """What the journal holds of this attempt."""
        return self._entry

    def decide(self) -> Outcome:
        """Carry the request out, or not, as the fault says, and give what the client gets."""
        outcome, self.raised = self._reception.settle(self._request, self._tenant, self._step, self._entry)
        return outcome

    def meet(self, step: Optional[Step]) -> None:
        """Let the request meet another fault than its own, or none, for a shell that has faults of its own.

        It is decided after this.
        """
        self._step = step
        self.wait = _wait(step)
        self._entry.fault = None if step is None else step.name

    def abandon(self) -> None:
        """Write down that the client left before the handler ran: nothing is carried out."""
        self.undelivered("the client left before the handler ran")

    def undelivered(self, why: str = "the client left before the answer was sent") -> None:
        """Write down that the answer did not reach the client."""
        self._entry.undelivered(why)

    def note(self, text: str) -> None:
        """Add a remark to the journal."""
        self._entry.notes.append(text)


def _wait(step: Optional[Step]) -> float:
    return step.seconds if step is not None and step.holds_up else 0.0
