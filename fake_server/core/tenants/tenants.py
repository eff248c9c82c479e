"""All keys of one fake: which of them open a memory, and the settings of each."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import Any, Callable, Container, Dict, Iterator, List, Mapping, Optional, Tuple
from weakref import WeakSet

from fake_server.core.bounds import Bounds, CapacityError
from fake_server.core.budget import Budget, Uncounted
from fake_server.core.changes import ClockMoved, Counters, KeyClosed, SettingsChanged, nothing
from fake_server.core.clock import Clock
from fake_server.core.custom_search import Ranker, unfit
from fake_server.core.journal.feed import Feed
from fake_server.core.key_text import blank_key, is_key, not_a_key
from fake_server.core.known_keys import KnownKeys
from fake_server.core.seen_keys import SeenKeys
from fake_server.core.settings import KeyTable, SettingError, Settings
from fake_server.core.transactions import Transactions
from fake_server.core.wording import expected, shown

from .store import Store
from .tenant import Tenant

__all__ = ["DEFAULT_KEY", "Tenants", "UnknownKeyError"]

DEFAULT_KEY = "sk-om-live-fake-0000000000000001"
_NOWHERE = Transactions()
"""Where a key writes that was closed while one of its requests was under way; it is never started."""


DEFAULT_BOUNDS = Bounds()


class UnknownKeyError(KeyError):
    """A key that the `keys` setting does not list."""

    def __str__(self) -> str:
        """The message alone, without KeyError's quotation marks."""
        return str(self.args[0])


class Tenants:
    """The tenants by key, under the settings of the server and its clock; not thread-safe: the caller holds a lock.

    `own_key` is the default key; None means the first of the setting `keys`, or DEFAULT_KEY. `aliases` are other keys
    that stand for it.
    """

    def __init__(
        self,
        clock: Clock,
        settings: Settings,
        *,
        own_key: Optional[str] = None,
        ranker: Optional[Ranker] = None,
        aliases: Container[str] = frozenset(),
        bounds: Bounds = DEFAULT_BOUNDS,
    ) -> None:
        if own_key is not None and not is_key(own_key):
            raise SettingError(not_a_key("api_key", own_key))
        if ranker is not None and not callable(ranker):
            raise SettingError(expected("search", "a function of (query, memories)", type(ranker).__name__))
        why = None if ranker is None else unfit(ranker)
        if why is not None:
            raise SettingError(f"search: {why}")
        self.clock = clock
        self.settings = settings
        self.changed: Dict[str, Any] = {}  # the settings that were changed since it was built
        self.transactions = Transactions()
        self.feed = Feed()
        self.behind: WeakSet[Store] = WeakSet()  # those whose next search would have to read much
        self._initial = settings
        self._own_key = own_key
        self._ranker = ranker
        self._aliases = aliases
        self._by_key: Dict[str, Tenant] = {}
        # The keys that may be closed to make room, the one that has been idle longest first.
        self._idle: OrderedDict[str, Tenant] = OrderedDict()
        self.bounds = bounds
        self.budget = Budget(bounds.journal_bytes)
        self.answer_budget = Budget(bounds.answer_bytes)
        self.dropped = 0  # attempts of keys that were closed to make room
        self.known = KnownKeys(SeenKeys(bounds.keys))
        self._check(settings)
        self._list()

    def __len__(self) -> int:
        """Count the keys that have a memory open."""
        return len(self._by_key)

    def __iter__(self) -> Iterator[Tenant]:
        """Yield the tenants in the order in which their keys were first used."""
        return iter(self._by_key.values())

    @property
    def default_key(self) -> str:
        """The key of a method that names none."""
        if self._own_key is not None:
            return self._own_key
        keys = self.settings.keys
        return next(iter(keys)) if keys else DEFAULT_KEY

    def resolve(self, key: Optional[str]) -> Optional[str]:
        """Return the key that an alias stands for, and any other as it is."""
        listed = self.settings.keys
        if key is None or key not in self._aliases or (listed is not None and key in listed):
            return key
        return self.default_key

    def used(self, key: Optional[str]) -> Optional[Tenant]:
        """Return the tenant of a key that was used before, listed or not; None if there is none."""
        return None if key is None else self._by_key.get(self.resolve(key) or key)

    def kept(self, key: str) -> Tenant:
        """Return the tenant of a key that was kept, listed or not; raises CapacityError if there is no room."""
        tenant = self._by_key.get(key)
        if tenant is None:
            self.known.see(key)  # first, since there may be no room
            self._make_room()
            return self._new(key)
        self.use(tenant)
        return tenant

    def is_open(self, key: str) -> bool:
        """Return whether a key has a memory open."""
        return key in self._by_key

    def opened(self, key: str) -> Tenant:
        """Return the tenant of a key that is open."""
        return self._by_key[key]

    def find(self, key: Optional[str]) -> Optional[Tenant]:
        """Return the tenant that a key opens, None if it opens none; raises CapacityError if there is no room."""
        key = self.resolve(key)
        if key is None:
            return None
        listed = self.settings.keys
        if listed is None or key in listed:
            return self.kept(key)
        self.known.see(key)
        return None

    def _new(self, key: str) -> Tenant:
        tenant = self._by_key[key] = Tenant(
            key,
            self.clock,
            self.settings,
            self._ranker,
            self.transactions,
            self.feed,
            keys=self.known,
            budget=self.budget,
            answer_budget=self.answer_budget,
        )
        tenant.store.behind = self.behind
        self.use(tenant)
        return tenant

    def use(self, tenant: Tenant) -> None:
        """Take note that a key is in use."""
        if self._by_key.get(tenant.key) is tenant:
            self._idle[tenant.key] = tenant
            self._idle.move_to_end(tenant.key)

    def check_room(self, keys: int) -> None:
        """Raise CapacityError if so many keys may not be open at once."""
        if keys > self.bounds.keys:
            raise CapacityError(self.bounds.too_many(keys))

    def _make_room(self) -> None:
        """Close the key that has been idle longest, if the bound is reached; raises CapacityError if none can be."""
        while len(self._by_key) >= self.bounds.keys:
            if not self._idle:
                raise self.bounds.full()
            # One that cannot be closed now comes back when it is used: so that nobody looks at it again and again.
            _, tenant = self._idle.popitem(last=False)
            if tenant.is_closable:
                self._close_idle(tenant)

    def _close_idle(self, tenant: Tenant) -> None:
        while len(tenant.journal):
            tenant.journal.drop_oldest()
        self.dropped += tenant.journal.dropped
        self._close(tenant)

    def open(self, key: Optional[str]) -> Tenant:
        """Return the tenant of a key, or of the default key; raises UnknownKeyError if it opens none."""
        key = self.default_key if key is None else key
        tenant = self.find(key) if is_key(key) else None
        if tenant is None:
            listed = expected("key", "one that the setting keys lists", blank_key(key) or "")
            raise UnknownKeyError(listed if is_key(key) else not_a_key("key", key))
        return tenant

    def key_of(self, identity: str) -> str:
        """Return the key of a short id; raises UnknownKeyError if no key has it."""
        key = self.known.key_of(identity)
        if key is None:
            raise UnknownKeyError(expected("key_id", "the id of a key that is known, such as k1", shown(identity)))
        return key

    def select(self, key: Optional[str]) -> List[Tenant]:
        """Return the one tenant of a key, or all if none is named."""
        return list(self) if key is None else [self.open(key)]

    def change(self, values: Mapping[str, Any], key: Optional[str]) -> None:
        """Change settings of the server, or of one key; raises SettingError, and changes none, if one is wrong."""
        if key is not None:
            self.open(key).configure(values, self.settings)
            return
        checked = self.settings.changed(values)
        self._check(checked)
        self.put_settings(checked, {**self.changed, **{name: getattr(checked, name) for name in values}})
        for tenant in self:
            if "keys" in values and tenant.own:  # the whole table, so what was set for one key before is gone
                tenant.set_own({}, self.settings)
                self.use(tenant)

    def with_changed(self, values: Mapping[str, Any]) -> Tuple[Settings, Dict[str, Any]]:
        """Return the first settings with these changed, and the changes; raises SettingError."""
        checked = self._initial.changed(values)
        self._check(checked)
        return checked, {name: getattr(checked, name) for name in values}

    def put_settings(self, settings: Settings, changed: Dict[str, Any]) -> None:
        """Put settings in force that are checked already; `changed` are those that differ from the first ones."""
        if self.transactions.on:
            self.transactions.add(SettingsChanged(partial(self._apply, self.settings, self.changed), changed))
        self._apply(settings, changed)

    def _apply(self, settings: Settings, changed: Dict[str, Any]) -> None:
        former, self.settings = self.settings, settings
        self.changed = changed
        self._list(former.keys)
        for tenant in self:
            tenant.apply(settings)

    def advance(self, ticks: int) -> None:
        """Move the clock of every key forward; raises ValueError as Clock does."""
        before = self.clock.ahead
        self.clock.advance(ticks)
        if self.transactions.on:
            self.transactions.add(ClockMoved(partial(self.clock.reset, before), self.clock.ahead))

    def close(self, key: str) -> Tenant:
        """Close a key that is open, which is then as if it had never been used, and return it as it was."""
        tenant = self._by_key[key]
        self._close(tenant)
        self.feed.restart()
        return tenant

    def _close(self, tenant: Tenant) -> None:
        if self.transactions.on:
            self.transactions.count()
            self.transactions.add(KeyClosed(partial(self._open_again, tenant), tenant.key))
        self._take_out(tenant)
        self.known.forget(tenant.key)
        if self.settings.keys and tenant.key in self.settings.keys:
            self.known.add(tenant.key)

    def _take_out(self, tenant: Tenant) -> None:
        del self._by_key[tenant.key]
        self._idle.pop(tenant.key, None)
        tenant.count_in(Uncounted(), Uncounted())
        tenant.write_in(_NOWHERE, Feed())

    def reopen(self, tenant: Tenant) -> None:
        """Open a key that was closed as it was then, in the place of what it is now."""
        clock = tenant.clock.ahead
        if tenant.key in self._by_key:
            clock = max(clock, self.close(tenant.key).clock.ahead)
        elif self.transactions.on:  # what undoes it
            self.transactions.add(KeyClosed(partial(self._close_again, tenant), tenant.key))
        tenant.clock.reset(clock)
        tenant.apply(self.settings)
        self._open_again(tenant)
        self.tell(tenant)

    def tell(self, tenant: Tenant) -> None:
        """Write down all that is kept of a key, as if it had just come about."""
        if self.transactions.on:
            for change in tenant.as_changes():
                self.transactions.add(change)

    def tell_all(self) -> None:
        """Write down all that is kept of the server and of every key, as if it had just come about."""
        if self.transactions.on:
            self.transactions.add(SettingsChanged(nothing, self.changed))
            self.transactions.add(ClockMoved(nothing, self.clock.ahead))
        for tenant in self:
            self.tell(tenant)

    def reset(self) -> Callable[[], None]:
        """Close every key and go back to the first settings; return what undoes it."""
        self.transactions.count()
        budgets = self.budget, self.answer_budget
        before = partial(self._put_back, self._by_key, self._idle, budgets, self.known, self.dropped)
        settings, ahead = partial(self._apply, self.settings, self.changed), self.clock.ahead
        for tenant in self:
            tenant.write_in(_NOWHERE, Feed())
        self._by_key, self._idle = {}, OrderedDict()
        self.budget, self.answer_budget = Budget(self.bounds.journal_bytes), Budget(self.bounds.answer_bytes)
        self.dropped = 0
        self.feed.restart()
        self.settings, self.changed = self._initial, {}
        self.known = self.known.successor()  # what was written down before is still told with the old ids
        self._list()
        self.clock.reset()

        def undo() -> None:
            before()
            settings()
            self.clock.reset(ahead)

        return undo

    def resume(self, key: str, own: Mapping[str, Any], counters: Counters) -> Tenant:
        """Open a key as it was kept, listed or not; what options say of it goes before its own settings."""
        tenant = self._new(key)
        checked = self.settings.changed(own, of_key=True)
        listed = (self.settings.keys or {}).get(key, {})
        tenant.set_own({name: getattr(checked, name) for name in own if name not in listed}, self.settings)
        tenant.put_back_counters(counters)
        return tenant

    def _open_again(self, tenant: Tenant) -> None:
        self._by_key[tenant.key] = tenant
        self.known.forget(tenant.key)
        tenant.key_id = self.known.add(tenant.key, tenant.key_id)
        tenant.count_in(self.budget, self.answer_budget)
        self.use(tenant)
        self.feed.restart()
        tenant.write_in(self.transactions, self.feed)

    def _close_again(self, tenant: Tenant) -> None:
        self._take_out(tenant)
        self.known.forget(tenant.key)
        self._list()
        self.feed.restart()

    def _put_back(
        self,
        by_key: Dict[str, Tenant],
        idle: OrderedDict[str, Tenant],
        budgets: Tuple[Budget, Budget],
        known: KnownKeys,
        dropped: int,
    ) -> None:
        known.succeed(self.known)
        self._by_key, self._idle, self.known, self.dropped = by_key, idle, known, dropped
        self.budget, self.answer_budget = budgets
        self.feed.restart()
        for tenant in self:
            tenant.write_in(self.transactions, self.feed)

    def _check(self, settings: Settings) -> None:
        """Raise SettingError if the settings list more keys than the server may have open."""
        listed = len(settings.keys or ())
        if listed > self.bounds.keys:
            raise SettingError(self.bounds.too_many(listed))

    def _list(self, former: Optional[KeyTable] = None) -> None:
        """Know the keys that the settings list, and no longer those that they `former`ly listed and nobody used."""
        listed = self.settings.keys or {}
        for key in former or ():
            if key not in listed and key not in self._by_key:
                self.known.forget(key)
        for key in listed:
            self.known.add(key)
