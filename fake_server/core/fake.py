"""The whole service as one object: requests in, answers out, nothing else touched."""

from __future__ import annotations

from dataclasses import replace
from threading import RLock
from typing import (
    TYPE_CHECKING,
    Any,
    Dict,
    Iterable,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
    Union,
)

from .clock import TICKS, Clock, advanced, ticks_of
from .faults import Armed, midway, refusal, spoil, strikes
from .journal import Entry, Journal, merged
from .ledger import CallRecord, calls_of
from .lies import Lie
from .memories import Memory
from .messages import Outcome, Request
from .operations import ROUTES, bearer, declared_length, handle
from .script import AFTER, BEFORE, LIES, ScriptError, Step, parse
from .seeds import Seed, planted
from .settings import SettingError, Settings, blank_key, is_key
from .tenants import Tenant
from .visit import Visit

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .settings import KeySettingValues, SettingValues

__all__ = ["Fake", "UnknownKeyError", "Visit"]

DEFAULT_KEY = "sk-om-live-fake-0000000000000001"
FAULT_HEADER = "x-octamem-fault"
FIRST_CHUNK = 16 << 10
"""Bytes that are kept of a body in which a fault strikes @mid: the first chunk on a socket holds as many, where there
are so many, so that the journal is the same whichever way a request came."""
_Scripts = Union[Tuple[Sequence[Armed], ...], str]
_NONE: Tuple[Armed, ...] = ()


class UnknownKeyError(KeyError):
    """A key that the `keys` setting does not list."""

    def __str__(self) -> str:
        """The message alone, without KeyError's quotation marks."""
        return str(self.args[0])


class _Caller(NamedTuple):
    """Who asks for what, and when: the tenant is None where no valid key is named."""

    key: str
    tenant: Optional[Tenant]
    endpoint: Optional[str]
    ticks: int


class Fake:
    """An OctaMem service in memory; safe to share between threads.

    Keyword arguments are the settings of docs/fidelity.md; SettingError names the one that is wrong. `clock` is a
    Clock of its own where none is given: it stands still until `advance` is called. `api_key` names the key that is
    meant where a method's `key` is left out, and opens nothing by itself.
    """

    def __init__(
        self, *, clock: Optional[Clock] = None, api_key: Optional[str] = None, **settings: Unpack[SettingValues]
    ) -> None:
        if api_key is not None and not is_key(api_key):
            raise SettingError("api_key: a key of printable ASCII without white space is wanted")
        self._api_key = api_key
        self.clock = clock or Clock()
        self._initial = Settings().changed(settings)
        self._settings = self._initial
        self._lock = RLock()
        self._tenants: Dict[str, Tenant] = {}
        self._armed: List[Armed] = []
        self._seq = 0
        self._lobby = Journal()  # of the attempts that open no memory

    def __repr__(self) -> str:
        """Say how much there is, never whose."""
        return f"<Fake: {len(self._tenants)} keys, {self._seq} attempts, {self.clock.ticks() / TICKS:g} s on>"

    # The life of one request

    def decide(self, request: Request) -> Outcome:
        """Answer one request; a wait before the handler is part of the answer's delay. Never raises."""
        visit = self.accept(request)
        outcome = visit.decide()
        return replace(outcome, delay=outcome.delay + visit.wait) if visit.wait else outcome

    def accept(self, request: Request) -> Visit:
        """Admit one request: find its key's state, write it down, and see which fault it meets."""
        with self._lock:
            caller = self._caller(request)
            return self._admit(request, caller, self._scripts(request, caller))

    def intercept(self, request: Request) -> Optional[Visit]:
        """Admit a request of which only the head and the first of the body have come, if its fault strikes @mid.

        None where it does not: then the rest is to be read and `accept` called. A percentage never strikes here, since
        it is drawn from the whole body.
        """
        with self._lock:
            caller = self._caller(request)
            scripts = self._scripts(request, caller)
            return self._admit(request, caller, scripts) if self._strikes_mid(caller, scripts) else None

    def _caller(self, request: Request) -> _Caller:
        key = bearer(request.headers)
        tenant = self._find(key)
        ticks = self.clock.ticks() if tenant is None else tenant.ticks()
        return _Caller(key or "", tenant, ROUTES.get(request.path), ticks)

    def _scripts(self, request: Request, caller: _Caller) -> _Scripts:
        """Give the scripts that a request may meet, in the order in which they go; or why its own cannot be read."""
        tenant = caller.tenant
        own = tenant.armed if tenant is not None else _NONE
        text = request.headers.get(FAULT_HEADER)
        if not (own or self._armed or text) or caller.endpoint is None:
            return ()
        if not text:
            return (own, self._armed)
        settings = tenant.settings if tenant is not None else self._settings
        try:
            once = Armed(parse(text), seed=settings.seed, since={}, default_since=caller.ticks)
        except ScriptError as error:
            return f"{FAULT_HEADER}: {error}"
        return ([once], own, self._armed)

    def _strikes_mid(self, caller: _Caller, scripts: _Scripts) -> bool:
        if isinstance(scripts, str) or not any(armed.midway for scope in scripts for armed in scope):
            return False
        return midway(scripts, caller.endpoint or "", caller.key, caller.ticks)

    def _admit(self, request: Request, caller: _Caller, scripts: _Scripts) -> Visit:
        tenant = caller.tenant
        if scripts and len(request.body) > FIRST_CHUNK and self._strikes_mid(caller, scripts):
            request = replace(request, body=request.body[:FIRST_CHUNK])
        most = (self._settings if tenant is None else tenant.settings).max_body
        if len(request.body) > most:
            # As much as a server would have read of it: nothing of what was announced as too large, else a byte more.
            read = 0 if declared_length(request.headers) > most else most + 1
            request = replace(request, body=request.body[:read])
        self._seq += 1
        journal = self._lobby if tenant is None else tenant.journal
        entry = journal.open(self._seq, caller.ticks, caller.key, request, caller.endpoint)
        step: Optional[Step] = None
        if isinstance(scripts, str):
            entry.notes.append(scripts)
            step = _UNREADABLE
        elif scripts:
            step = strikes(scripts, caller.endpoint or "", caller.key, caller.ticks, entry.identity)
        if step is not None:
            entry.fault = step.name
        return Visit(self, request, tenant, step, entry)

    def _settle(self, request: Request, tenant: Optional[Tenant], step: Optional[Step], entry: Entry) -> Outcome:
        with self._lock:
            outcome: Outcome
            if step is _UNREADABLE:
                outcome = refusal(400, "VALIDATION_ERROR", entry.notes[0])
                entry.fault = None
            elif step is not None and step.where != AFTER and not step.holds_up:
                outcome = spoil(step, None)
            else:
                lie = Lie(step, entry.identity) if step is not None and step.how in LIES else None
                handled = handle(request, tenant, lie)
                entry.effect = handled.effect
                entry.notes.extend(handled.notes)
                outcome = handled.reply if step is None or lie or step.holds_up else spoil(step, handled.reply)
            (tenant.journal if tenant else self._lobby).close(entry, outcome)
            return outcome

    def body_limit(self, headers: Mapping[str, str]) -> int:
        """How many bytes of a body this request's key may send; a shell reads at most one more.

        `headers` have their names in lower case.
        """
        with self._lock:
            tenant = self._find(bearer(headers))
            return (tenant.settings if tenant else self._settings).max_body

    # Keys

    @property
    def api_key(self) -> str:
        """The key that is meant where a method's `key` is left out: as built, else the first of `keys`, or ours."""
        if self._api_key is not None:
            return self._api_key
        keys = self._settings.keys
        return next(iter(keys)) if keys else DEFAULT_KEY

    def keys(self) -> List[str]:
        """List the keys that have a memory open."""
        with self._lock:
            return list(self._tenants)

    def _find(self, key: Optional[str]) -> Optional[Tenant]:
        if key is None:
            return None
        tenant = self._tenants.get(key)
        listed = self._settings.keys
        if listed is not None and key not in listed:
            return None
        if tenant is None:
            tenant = self._tenants[key] = Tenant(key, self.clock, self._settings)
        return tenant

    def _tenant(self, key: Optional[str]) -> Tenant:
        key = self.api_key if key is None else key
        tenant = self._find(key) if is_key(key) else None
        if tenant is None:
            why = (
                "the setting `keys` does not list it"
                if is_key(key)
                else "it is not printable ASCII without white space"
            )
            raise UnknownKeyError(f"no memory opens with the key {blank_key(key)}: {why}")
        return tenant

    # Settings and time

    def settings(self, *, key: Optional[str] = None) -> Settings:
        """Give the settings in force for the server, or for one key."""
        with self._lock:
            return self._settings if key is None else self._tenant(key).settings

    def configure(self, *, key: Optional[str] = None, **settings: Unpack[KeySettingValues]) -> None:
        """Change settings of the server, or of one key; raises SettingError and changes nothing where one is wrong."""
        self.change(settings, key=key)

    def change(self, settings: Mapping[str, Any], *, key: Optional[str] = None) -> None:
        """Do as `configure` does with names that may be any text, as they come in over the wire."""
        with self._lock:
            if key is not None:
                self._tenant(key).configure(settings, self._settings)
                return
            self._settings = self._settings.changed(settings)
            for tenant in self._tenants.values():
                if "keys" in settings:  # the whole table, so what was set for one key before is gone
                    tenant.own.clear()
                tenant.adopt(self._settings)

    def now(self, *, key: Optional[str] = None) -> int:
        """The fake's time, or one key's, in ticks (microseconds) since its start."""
        with self._lock:
            return self.clock.ticks() if key is None else self._tenant(key).ticks()

    def advance(self, seconds: float, *, key: Optional[str] = None) -> int:
        """Move every key's clock on, or one key's, by `seconds`; give the new time in ticks.

        Raises ValueError for a step back, or one that ends more than a thousand years on.
        """
        ticks = ticks_of(seconds)
        with self._lock:
            if key is None:
                self.clock.advance(ticks)
            else:
                tenant = self._tenant(key)
                tenant.ahead = advanced(tenant.ahead, ticks)
            return self.now(key=key)

    def settle(self, *, key: Optional[str] = None) -> int:
        """Move time, and polls, on to when all that was added is found, under every key or one; give it in ticks."""
        with self._lock:
            tenants = list(self._tenants.values()) if key is None else [self._tenant(key)]
            for tenant in tenants:
                tenant.store.searches = max(tenant.store.searches, tenant.store.found_from[1])
            return self.advance(max((tenant.unfound() for tenant in tenants), default=0) / TICKS, key=key)

    # Faults

    def faults(
        self, script: str, *, key: Optional[str] = None, seed: Optional[int] = None, replace: bool = False
    ) -> Armed:
        """Arm a fault script for the server, or for one key, beside those armed or in their place.

        Raises ScriptError, naming the column, where it cannot be read; then all stays armed as it was.
        """
        parsed = parse(script)
        with self._lock:
            tenant = None if key is None else self._tenant(key)
            armed = Armed(
                parsed,
                seed=(tenant.settings if tenant else self._settings).seed if seed is None else seed,
                since={name: each.ticks() for name, each in self._tenants.items()},
                default_since=self.clock.ticks(),
            )
            scripts = self._armed if tenant is None else tenant.armed
            if replace:
                scripts.clear()
            scripts.append(armed)
            return armed

    def armed(self, *, key: Optional[str] = None) -> List[Armed]:
        """List the scripts in force server-wide, or for one key."""
        with self._lock:
            return list(self._armed if key is None else self._tenant(key).armed)

    def disarm(self, *, key: Optional[str] = None) -> None:
        """End every script server-wide, or every one of a key."""
        with self._lock:
            (self._armed if key is None else self._tenant(key).armed).clear()

    # Memories and journal

    def remember(self, memories: Iterable[Seed], *, key: Optional[str] = None) -> List[Memory]:
        """Put memories in place without a request, found at once.

        Each is a text, or an object of `content` and, as wanted, `previousContext`, `type`, `source`, `created_at`
        and `id`. Raises SeedError naming the field, and stores none, where one is wrong. They count as usage, and meet
        no limit.
        """
        with self._lock:
            return planted(self._tenant(key), memories)

    def memories(self, *, key: Optional[str] = None) -> List[Memory]:
        """List what is stored under one key, or under all, oldest first in each."""
        with self._lock:
            tenants = self._tenants.values() if key is None else [self._tenant(key)]
            return [memory for tenant in tenants for memory in tenant.store.all()]

    def forget(self, *, key: Optional[str] = None) -> None:
        """Delete every memory of one key."""
        with self._lock:
            self._tenant(key).store.clear()

    def requests(self, *, key: Optional[str] = None) -> List[Entry]:
        """List the attempts that reached the fake, oldest first; with a key, those that named it."""
        with self._lock:
            return [entry for entry in merged(self._journals(key)) if key is None or entry.key == key]

    @property
    def calls(self) -> List[CallRecord]:
        """The attempts of every key grouped by call, oldest first."""
        return calls_of(self.requests())

    def dropped(self, *, key: Optional[str] = None) -> int:
        """How many attempts are no longer kept."""
        with self._lock:
            if key is not None and key in self._tenants:
                return self._tenants[key].journal.dropped
            return sum(journal.dropped for journal in self._journals(key))

    def _journals(self, key: Optional[str]) -> Iterator[Journal]:
        if key is None:
            yield from (tenant.journal for tenant in self._tenants.values())
        elif key in self._tenants:
            yield self._tenants[key].journal
        yield self._lobby

    def reset(self, *, key: Optional[str] = None) -> None:
        """Go back to how it was built, or make one key new: memories, faults, settings, time and journal."""
        with self._lock:
            if key is not None:
                del self._tenants[self._tenant(key).key]
                return
            self._tenants.clear()
            self._armed.clear()
            self._settings = self._initial
            self.clock.reset()
            self._seq = 0
            self._lobby = Journal()


_UNREADABLE = Step("status", BEFORE, status=400)
