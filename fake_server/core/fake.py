"""The whole service as one object: requests in, answers out, no other effect."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Container,
    Dict,
    Generator,
    Iterable,
    List,
    Mapping,
    Optional,
    Sequence,
    Tuple,
)

from .bounds import Bounds, CapacityError
from .changes import AllReset, Change, Counters, FaultsChanged
from .clock import TICKS, Clock, ticks_of
from .custom_search import Ranker
from .faults.armed import Armed, UnknownFaultError
from .faults.script import parse
from .journal.calls import CallRecord, calls_of
from .journal.entry import Entry
from .journal.feed import Changed
from .journal.funnel import FoundElsewhere, Funnel
from .journal.journal import merged
from .journal.summary import context_of, text_of
from .lock import FairLock
from .memory import Memory
from .messages import Outcome, Request
from .service.checks import bearer
from .service.copy_text import copied
from .service.exchange import Exchange
from .service.explain import Explanation, explained
from .service.found import asked_elsewhere, found_by, most, other_keys
from .service.left_out import LeftOutPage, left_out
from .service.lifecycle import Lifecycle
from .service.standing import Standing, standing
from .settings import Settings, setting_fields
from .tenants.overview import KeyOverview, overview
from .tenants.seed_fields import Seed
from .tenants.seeds import check_seeds, replace_seeds, store_seeds
from .tenants.snapshot import KeyState, Snapshot, own_settings, restored, taken
from .tenants.store import Store
from .tenants.tenant import Tenant
from .tenants.tenants import DEFAULT_KEY, Tenants, UnknownKeyError
from .transactions import Transaction, Transactions, undo
from .wording import expected, plural, shown

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .settings import KeySettingValues, SettingValues

__all__ = ["DEFAULT_KEY", "Exchange", "Fake", "Recording", "UnknownKeyError"]

_SETTINGS = frozenset(item.name for of_key in (False, True) for item in setting_fields(of_key=of_key))


class Recording:
    """What changed while `Fake.recorded` was open; `failure` says why it was reverted, None if it was not."""

    def __init__(self) -> None:
        self.transaction: Optional[Transaction] = None

    @property
    def changes(self) -> Tuple[Change, ...]:
        """What changed of what is kept."""
        return () if self.transaction is None else self.transaction.changes

    def revert(self, _reason: str) -> None:
        """Undo the changes; called by `Transactions.revert`, which knows the order."""
        undo(self.changes)


class Fake:
    """An OctaMem service in memory; safe to share between threads.

    Keyword arguments are the settings of docs/fidelity.md; SettingError names the one that is wrong. `clock` is a
    Clock; without one, time stands still until `advance` is called. `api_key` is the key of a method whose `key` is
    left out, and opens nothing by itself. `search` ranks in place of the fuzzy index, as docs/search.md says: given
    the query and the memories that may be found, it returns their ids, best first. `aliases` are keys that stand for
    `api_key`, except those that the setting `keys` lists. `bounds` are those of all keys together.
    """

    def __init__(
        self,
        *,
        clock: Optional[Clock] = None,
        api_key: Optional[str] = None,
        search: Optional[Ranker] = None,
        aliases: Container[str] = frozenset(),
        bounds: Optional[Bounds] = None,
        **settings: Unpack[SettingValues],
    ) -> None:
        self.clock = clock or Clock()
        self._tenants = Tenants(
            self.clock,
            Settings().changed(settings),
            own_key=api_key,
            ranker=search,
            aliases=aliases,
            bounds=bounds or Bounds(),
        )
        self._lock = FairLock()
        self._lifecycle = Lifecycle(self._tenants, self._lock)
        self._faults_armed = 0  # since it was built: an id of before a reset names nothing after it

    def __setattr__(self, name: str, value: object) -> None:
        """Set an attribute; raises AttributeError for a setting or a method, which an assignment would not change."""
        is_method = callable(getattr(Fake, name, None)) and not callable(value)  # a test may replace one by a function
        if is_method or name in _SETTINGS:
            call = f"configure({name}=...)" if name in _SETTINGS else f"the method {name}()"
            raise AttributeError(f"{name}: expected a call of {call}, got an assignment")
        super().__setattr__(name, value)

    def __repr__(self) -> str:
        """Return counts alone, no keys."""
        counts = f"{plural(len(self._tenants), 'key')}, {plural(self._lifecycle.seq, 'attempt')}"
        return f"<Fake: {counts}, {self.clock.ticks() / TICKS:g} s on>"

    # The life of one request

    def decide(self, request: Request) -> Outcome:
        """Answer one request; a wait before the handler is part of the answer's delay.

        Raises nothing except SearchFailedError, if the fake was given a `search` that fails: the journal has it too.
        """
        exchange = self.accept(request)
        outcome = exchange.decide()
        if exchange.raised is not None:
            raise exchange.raised
        return replace(outcome, delay=outcome.delay + exchange.wait) if exchange.wait else outcome

    def accept(self, request: Request) -> Exchange:
        """Accept one request: find the state of its key, write it down, and see which fault it meets."""
        with self._lock:
            exchange = self._lifecycle.accept(request)
            exchange.stay_open()
            return exchange

    def take(self, request: Request) -> Exchange:
        """Accept one request for a shell that follows it, and decide it, unless something is to be waited for first."""
        with self._lock:
            exchange = self._lifecycle.accept(request)
            exchange.follow()
            if exchange.wait or exchange.is_behind:
                exchange.stay_open()
            else:
                exchange.decide_now(exchange.entry.ticks)
            return exchange

    def intercept(self, request: Request) -> Optional[Exchange]:
        """Accept a request of which only the head and the first of the body have come, if its fault is one for @mid.

        Returns None if it is not: then read the rest and call `accept`. A percentage is never injected here, since it
        is drawn from the whole body.
        """
        with self._lock:
            exchange = self._lifecycle.intercept(request)
            if exchange is not None:
                exchange.stay_open()
            return exchange

    def body_limit(self, headers: Mapping[str, str]) -> int:
        """Return how many bytes of a body the key of a request may send; a shell reads at most one more.

        `headers` have their names in lower case.
        """
        with self._lock:
            try:
                tenant = self._tenants.find(bearer(headers))
            except CapacityError:
                tenant = None
            return (tenant.settings if tenant else self._tenants.settings).max_body

    # Keys

    @property
    def api_key(self) -> str:
        """The key of a method whose `key` is left out: `api_key=`, else the first of `keys`, else DEFAULT_KEY."""
        return self._tenants.default_key

    @property
    def attempts(self) -> int:
        """How many attempts have reached it since it was built or reset."""
        return self._lifecycle.seq

    def keys(self) -> List[str]:
        """List the keys that have a memory open."""
        with self._lock:
            return [tenant.key for tenant in self._tenants]

    def key_id(self, *, key: Optional[str] = None) -> str:
        """Return the short id of a key, such as "k1": a name for it that gives nothing away.

        Ids are in the order in which keys are listed or first used. One that the reset of a key takes does not come
        again.
        """
        with self._lock:
            return self._tenant(key).key_id

    def known_id(self, key: Optional[str]) -> Optional[str]:
        """Return the short id of a key if it has one, without making one."""
        with self._lock:
            return None if key is None else self._tenants.known.id_of(self._tenants.resolve(key) or key)

    def key_of(self, key_id: str) -> str:
        """Return the key of a short id; raises UnknownKeyError if no key has it."""
        with self._lock:
            return self._tenants.key_of(key_id)

    def blanked(self, value: Any, own: str = "") -> Any:
        """Return a JSON value in which each known key, the sender's `own` and all that looks like one is blanked."""
        return self._tenants.known.blanked(value, own)

    def overview(self, *, key: Optional[str] = None) -> List[KeyOverview]:
        """Tell how one key stands, or each: those that have a memory open first, then those listed and unused."""
        with self._lock:
            return overview(self._tenants, key)

    def _tenant(self, key: Optional[str]) -> Tenant:
        return self._tenants.open(key)

    def _clock(self, key: Optional[str]) -> Clock:
        return self.clock if key is None else self._tenant(key).clock

    # Settings and time

    def settings(self, *, key: Optional[str] = None) -> Settings:
        """Return the settings in force for the server, or for one key."""
        with self._lock:
            return self._tenants.settings if key is None else self._tenant(key).settings

    def public_settings(self, *, key: Optional[str] = None) -> Dict[str, Any]:
        """Return the settings in force as JSON values, each key blanked and with its short id."""
        with self._lock:
            settings = self.settings(key=key)
            shown = settings.public(of_key=key is not None)
            if shown.get("keys"):
                ids = map(self._tenants.known.id_of, settings.keys or ())
                shown["keys"] = [
                    {"key": own.pop("key"), "key_id": each, **own} for each, own in zip(ids, shown["keys"])
                ]
            return shown

    def configure(self, *, key: Optional[str] = None, **settings: Unpack[KeySettingValues]) -> None:
        """Change settings of the server, or of one key; raises SettingError, and changes none, if one is wrong."""
        self.change(settings, key=key)

    def change(self, settings: Mapping[str, Any], *, key: Optional[str] = None) -> None:
        """Do as `configure` does, with names that may be any text."""
        with self._lock:
            self._tenants.change(settings, key)

    def now(self, *, key: Optional[str] = None) -> int:
        """Return the time of the fake, or of one key, in ticks (microseconds) since its start."""
        if key is None:  # one number, read many times in each request of a test
            return self.clock.ticks()
        with self._lock:
            return self._clock(key).ticks()

    def advance(self, seconds: float, *, key: Optional[str] = None) -> int:
        """Move the clock of every key, or of one, forward by `seconds`, and return the new time in ticks.

        Raises ValueError for a step back, or one that ends more than a thousand years on.
        """
        ticks = ticks_of(seconds)
        with self._lock:
            if key is None:
                self._tenants.advance(ticks)
                return self.clock.ticks()
            tenant = self._tenant(key)
            tenant.advance(ticks)
            return tenant.clock.ticks()

    def settle(self, *, key: Optional[str] = None) -> int:
        """Move time and polls forward until all memories are found, of every key or one; return the time in ticks."""
        with self._lock:
            ahead = max((tenant.settle() for tenant in self._tenants.select(key)), default=0)
            return self.advance(ahead / TICKS, key=key)

    # Faults

    def faults(
        self, script: str, *, key: Optional[str] = None, seed: Optional[int] = None, replace: bool = False
    ) -> Armed:
        """Arm a fault script for the server, or for one key, beside those armed or in their place.

        Raises ScriptError, which names the column, if it cannot be read, and ValueError for a seed that is not an int.
        Then all stays armed as it was.
        """
        if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
            raise ValueError(expected("seed", "an int", shown(seed)))
        parsed = parse(script)
        with self._lock:
            tenant = None if key is None else self._tenant(key)
            self._faults_armed += 1
            armed = Armed(
                parsed,
                seed=(tenant.settings if tenant else self._tenants.settings).seed if seed is None else seed,
                since={each.key: each.clock.ticks() for each in self._tenants if each.clock.ahead},
                default_since=self.clock.ticks(),
                lock=self._lock,
                most_keys=self._tenants.bounds.keys,
                identity=f"f_{self._faults_armed}",
                armed_at=(tenant.clock if tenant else self.clock).ticks(),
            )
            scripts = self._scripts(key)
            self._note_faults(None if tenant is None else tenant.key)
            if replace:
                scripts.clear()
            scripts.append(armed)
            return armed

    def armed(self, *, key: Optional[str] = None) -> List[Armed]:
        """List the scripts in force server-wide, or for one key."""
        with self._lock:
            return list(self._scripts(key))

    def disarm(self, *, fault: Optional[str] = None, key: Optional[str] = None) -> Callable[[], None]:
        """End every script server-wide, or every one of a key, or one `fault` by its id, whoever's it is.

        Return what arms them again as they were. Raises UnknownFaultError for an id under which nothing is armed, or
        nothing of the key.
        """
        with self._lock:
            owner = None if key is None else self._tenant(key).key
            owner = owner if fault is None else self._owner(fault, owner)
            scope = self._kept_scripts(owner)  # which says that the key is in use, so that it can be closed later
            before = list(scope)
            self._note_faults(owner)
            scope[:] = [] if fault is None else [each for each in scope if each.id != fault]

            def arm_again() -> None:
                scope = self._kept_scripts(owner)
                self._note_faults(owner)
                scope[:] = [*before, *(each for each in scope if each not in before)]

            return partial(self._locked, arm_again)

    def _scripts(self, key: Optional[str]) -> List[Armed]:
        return self._lifecycle.armed if key is None else self._tenant(key).armed

    def _kept_scripts(self, owner: Optional[str]) -> List[Armed]:
        """Return those of a key that was open once: the setting `keys` may have been changed since."""
        return self._lifecycle.armed if owner is None else self._tenants.kept(owner).armed

    def _note_faults(self, owner: Optional[str]) -> None:
        """Write down which scripts are in force before that changes."""
        if self.transactions.on:
            scope = self._kept_scripts(owner)
            before = list(scope)
            self.transactions.add(FaultsChanged(partial(scope.__setitem__, slice(None), before), owner))

    def _owner(self, fault: str, key: Optional[str]) -> Optional[str]:
        """Return the key for which a fault is armed, None if it is server-wide."""
        scopes = [(tenant.key, tenant.armed) for tenant in self._tenants if key in {None, tenant.key}]
        for owner, scripts in scopes if key is not None else [(None, self._lifecycle.armed), *scopes]:
            if any(each.id == fault for each in scripts):
                return owner
        raise UnknownFaultError(f"no fault has the id {shown(fault)}")

    # Memories and journal

    def remember(self, memories: Iterable[Seed], *, key: Optional[str] = None) -> List[Memory]:
        """Store memories without a request, found at once.

        Each is a text; a pair of a text and its context; or an object of `content` and optionally `previousContext`,
        `type`, `source`, `created_at` and `id`. They count as usage, and meet no limit. Raises SeedError, which names
        the field, and stores none, if one is wrong.
        """
        checked = check_seeds(memories)  # outside the lock, since a hundred thousand take a second
        with self._held(key) as tenant:
            return store_seeds(tenant, checked, self._lock)

    def replace(self, memories: Iterable[Seed], *, key: Optional[str] = None) -> List[Memory]:
        """Replace memories by id, found at once and newest of all, and return them.

        Each is an object of `id` and the new fields; the others stay as they were. Raises SeedError, which names the
        field, and replaces none, if one is wrong.
        """
        with self._held(key) as tenant:
            return replace_seeds(tenant, memories, self._lock)

    @contextmanager
    def _held(self, key: Optional[str]) -> Generator[Tenant, None, None]:
        """Keep a key open while much is stored in it, so that others wait only if its changes are one transaction."""
        with self._lock if self.transactions.on else nullcontext():
            with self._lock:
                tenant = self._tenant(key)
                tenant.waiting += 1
            try:
                yield tenant
            finally:
                with self._lock:
                    tenant.waiting -= 1
                    self._tenants.use(tenant)

    def memories(self, *, key: Optional[str] = None) -> List[Memory]:
        """List what is stored under one key, or under all, oldest first in each: in the order they were stored."""
        with self._lock:
            return [memory for tenant in self._tenants.select(key) for memory in tenant.store.all()]

    def has_memory(self, memory: str, *, key: Optional[str] = None) -> bool:
        """Return whether a key stores a memory of this id."""
        with self._lock:
            return memory in self._tenant(key).store

    def memory(self, memory: str, *, key: Optional[str] = None) -> Memory:
        """Return the memory of an id; raises UnknownMemoryError."""
        with self._lock:
            return self._tenant(key).store[memory]

    def forget(self, *, memory: Optional[str] = None, key: Optional[str] = None) -> Callable[[], None]:
        """Delete one memory by its id, or every memory of a key; raises UnknownMemoryError.

        Return what puts back just that.
        """
        with self._lock:
            put_back = self.keep(memory=memory, key=key)
            store = self._tenant(key).store
            if memory is None:
                store.clear()
            else:
                store.remove(memory)
            return put_back

    def keep(self, *, memory: Optional[str] = None, key: Optional[str] = None) -> Callable[[], None]:
        """Return what puts a memory back as it is and where it stands now, or all of a key as they are now.

        Raises UnknownMemoryError.
        """
        with self._lock:
            tenant = self._tenant(key)
            name = tenant.key
            if memory is None:
                all_now = tenant.store.snapshot()
                return partial(self._locked, lambda: self._tenant(name).store.restore(all_now))
            one, neighbours = tenant.store[memory], tenant.store.neighbours(memory)
            return partial(self._locked, lambda: self._tenant(name).store.insert(one, neighbours))

    def explain(
        self, query: str, *, previous_context: str = "", memory: Optional[str] = None, key: Optional[str] = None
    ) -> Explanation:
        """Explain what a search would find now, and why it finds, or does not find, one `memory` by its id.

        It counts as no search and changes nothing. Raises ValueError for a query that a search would refuse,
        UnknownMemoryError, and SearchFailedError if the author's own `search` fails.
        """
        with self._lock:
            store = self._tenant(key).store
        store.catch_up(self._lock)
        with self._lock:
            tenant = self._tenant(key)
            explanation = explained(tenant, query, previous_context, memory)
            search = explanation.search
            if search is not None and search.cause == "no_memories":
                search = replace(search, other_keys=other_keys(self._tenants, tenant))
        if search is None:
            return explanation
        elsewhere = self._elsewhere(tenant, search, query, previous_context)
        return replace(explanation, search=replace(search, elsewhere=elsewhere))

    def elsewhere(self, attempt: Entry) -> Optional[Tuple[FoundElsewhere, ...]]:
        """Return the other keys by which the search of an attempt would find something now, those with most first.

        It counts as no search. None if they were not asked: if the attempt is no search that found nothing, if that is
        for another reason than its key, its context or its terms, or if the fake has a `search` of the author's own.
        """
        with self._lock:
            own = self._tenants.used(attempt.key)
        if own is None or attempt.search is None:
            return None
        return self._elsewhere(own, attempt.search, text_of(attempt) or "", context_of(attempt) or "")

    def _elsewhere(self, own: Tenant, search: Funnel, query: str, context: str) -> Optional[Tuple[FoundElsewhere, ...]]:
        with self._lock:
            asked = asked_elsewhere(self._tenants, own, search, query)
        if asked is None:
            return None
        found: List[FoundElsewhere] = []
        for each in asked:
            with self._lock:
                found += found_by(each, query, context)
            self._lock.give_way()
        return most(found)

    def left_out(
        self, query: str, *, previous_context: str = "", offset: int = 0, limit: int = 20, key: Optional[str] = None
    ) -> LeftOutPage:
        """Return which memories a search now leaves out and why, those that hold a query term first, in pages.

        It counts as no search and changes nothing. Raises as `explain` does.
        """
        with self._lock:
            return left_out(self._tenant(key), query, previous_context, offset=offset, limit=limit)

    def requests(self, *, key: Optional[str] = None) -> List[Entry]:
        """List the attempts that reached the fake, oldest first; with a key, those that named it."""
        with self._lock:
            named = self._tenants.resolve(key)
            journals = [journal.entries() for journal in self._lifecycle.journals(key)]
        # Sorted while others go on: there may be hundreds of thousands.
        return [entry for entry in merged(journals) if key is None or entry.key == named]

    @property
    def calls(self) -> List[CallRecord]:
        """The attempts of every key grouped by call, oldest first."""
        return calls_of(self.requests())

    @property
    def call_changes(self) -> int:
        """The number of the latest change of a call."""
        return self._tenants.feed.number

    @property
    def calls_restarted(self) -> int:
        """The number of the change by which all calls before it were forgotten, 0 if there was none."""
        return self._tenants.feed.restarted

    def calls_since(self, number: int, most: int, *, key: Optional[str] = None) -> Optional[Changed]:
        """Return the calls that changed after a number, at most `most`; None if that is no longer known."""
        with self._lock:
            changed = self._tenants.feed.since(number, most)
            if changed is None or key is None:
                return changed
            named = self._tenants.resolve(key)
            return changed._replace(calls=[call for call in changed.calls if call.entries[0].key == named])

    def copied(self, form: str, call: Sequence[Entry], *, url: str) -> str:
        """Return a call as `pytest`, `curl`, `fault`, `request` or `answers`, by its attempts; see docs/control.md.

        `url` is the address of the server, for curl.
        """
        with self._lock:
            tenant = self._tenants.used(call[0].key)
            return copied(form, call, url=url, store=Store(None) if tenant is None else tenant.store)

    def standing(self) -> Standing:
        """Return the numbers that tell whether something changed: faults, keys, memories and time."""
        with self._lock:
            return standing(self._tenants, self._lifecycle.armed)

    def dropped(self, *, key: Optional[str] = None) -> int:
        """Return how many attempts are no longer kept."""
        with self._lock:
            tenant = self._tenants.used(key)
            journals = [tenant.journal] if tenant else self._lifecycle.journals(key)
            return sum(journal.dropped for journal in journals) + (self._tenants.dropped if key is None else 0)

    def reset(self, *, key: Optional[str] = None) -> Callable[[], None]:
        """Reset all to how it was built, or one key: memories, faults, settings, time and journal.

        Return what puts all of that back as it was, except the time, which goes only forward.
        """
        with self._lock:
            if key is not None:
                closed = self._tenants.close(self._tenant(key).key)
                return partial(self._locked, partial(self._tenants.reopen, closed))
            return partial(self._locked, partial(self._put_back, self._reset_all()))

    def _reset_all(self) -> Callable[[], None]:
        tenants, service = self._tenants.reset(), self._lifecycle.reset()

        def put_back() -> None:
            tenants()
            service()

        if self.transactions.on:
            self.transactions.add(AllReset(put_back))
        return put_back

    def _put_back(self, put_back: Callable[[], None]) -> None:
        now = self.clock.ahead
        self._reset_all()
        put_back()
        self.clock.reset(max(now, self.clock.ahead))
        self._tenants.tell_all()

    def _locked(self, action: Callable[[], None]) -> None:
        with self._lock:
            action()

    def snapshot(self, *, key: Optional[str] = None) -> Snapshot:
        """Return what is kept of all keys, or of one: memories, usage, settings, idempotent answers, id counters."""
        with self._lock:
            return taken(self._tenants, key)

    def undo_size(self, *, key: Optional[str] = None) -> int:
        """Return about how many bytes the undo of a reset keeps: those of a snapshot, and those of the journals."""
        with self._lock:
            journals = self._lifecycle.journals(None) if key is None else [self._tenant(key).journal]
            return self.snapshot(key=key).size + sum(journal.cost for journal in journals)

    def snapshot_of(self, settings: Optional[Mapping[str, Any]], keys: Sequence[KeyState]) -> Snapshot:
        """Return a snapshot of settings and keys that come from elsewhere; raises SettingError if one is wrong.

        `settings` are those that differ from the first ones, None in a snapshot of one key.
        """
        with self._lock:
            checked = tuple(replace(each, own=own_settings(each.own)) for each in keys)
            return Snapshot(checked) if settings is None else Snapshot(checked, *self._tenants.with_changed(settings))

    def restore(self, snapshot: Snapshot) -> None:
        """Put back what a snapshot kept; the journal, armed faults and the time stay.

        Raises UnknownKeyError if its key no longer opens a memory, and CapacityError if its keys are too many; then it
        changes nothing.
        """
        with self._lock:
            restored(self._tenants, snapshot)

    # The index, for a shell that keeps it up to date while memories arrive

    @property
    def is_behind(self) -> bool:
        """Whether the next search of some key would have to read so much that others would notice."""
        return bool(self._tenants.behind)

    def indexing(self) -> Generator[bool, None, None]:
        """Index the memories of all keys whose next search would have to read much, in steps of part of a millisecond.

        Nobody holds the lock between two steps. A step is False if it did nothing, because another is indexing. It may
        be closed between two steps, and what is left then waits for the next call.
        """
        while True:
            with self._lock:
                if not self._tenants.behind:
                    return
                store = self._tenants.behind.pop()
            try:
                yield from store.indexing(self._lock)
            finally:
                with self._lock:
                    store.note_behind()

    # Changes, for a shell that keeps them

    @property
    def transactions(self) -> Transactions:
        """What changed and is not committed yet; off unless a shell starts it. The caller holds `lock`."""
        return self._tenants.transactions

    @property
    def lock(self) -> FairLock:
        """The lock under which all changes happen."""
        return self._lock

    def resume(self, *, epoch: int, ahead: int, settings: Mapping[str, Any]) -> None:
        """Go on as a shell has kept it: settings that were changed, the clock, and how many runs there were before.

        Raises SettingError. Keys and their memories follow, before the first request.
        """
        with self._lock:
            self._lifecycle.epoch = epoch
            self.clock.reset(ahead)
            self._tenants.change(settings, None)

    def resume_key(self, key: str, own: Mapping[str, Any], counters: Counters) -> None:
        """Open a key as it was kept; raises SettingError."""
        with self._lock:
            self._tenants.resume(key, own, counters)

    def resume_answer(self, key: str, endpoint: str, token: str, sent: bytes, answer: Any) -> None:
        """Keep the first answer to an Idempotency-Key of a key that is open."""
        with self._lock:
            self._tenants.opened(key).answers.put(endpoint, token, sent, answer)

    def resume_memories(self, key: str, memories: Iterable[Memory]) -> None:
        """Store memories of a key that is open as they were kept, as the newest."""
        with self._lock:
            store = self._tenants.opened(key).store
            for memory in memories:
                store.add(memory)

    @contextmanager
    def recorded(self) -> Generator[Recording, None, None]:
        """Make one transaction of all that changes inside, which no request comes between."""
        recording = Recording()
        if not self.transactions.on:
            yield recording
            return
        with self._lock:
            try:
                yield recording
            finally:
                recording.transaction = self.transactions.close(recording.revert, key=None, whole=True)
