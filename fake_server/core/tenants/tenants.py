"""All keys of one fake: which of them open a memory, and the settings of each."""

from __future__ import annotations

from typing import Any, Container, Dict, Iterator, List, Mapping, Optional

from fake_server.core.clock import Clock
from fake_server.core.search.custom import Ranker, unfit
from fake_server.core.settings import SettingError, Settings, blank_key, is_key, not_a_key
from fake_server.core.wording import expected

from .tenant import Tenant

__all__ = ["DEFAULT_KEY", "Tenants", "UnknownKeyError"]

DEFAULT_KEY = "sk-om-live-fake-0000000000000001"


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
        self._initial = settings
        self._own_key = own_key
        self._ranker = ranker
        self._aliases = aliases
        self._by_key: Dict[str, Tenant] = {}

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

    def find(self, key: Optional[str]) -> Optional[Tenant]:
        """Return the tenant that a key opens, None if it opens none."""
        key = self.resolve(key)
        if key is None:
            return None
        tenant = self._by_key.get(key)
        listed = self.settings.keys
        if listed is not None and key not in listed:
            return None
        if tenant is None:
            tenant = self._by_key[key] = Tenant(key, self.clock, self.settings, self._ranker)
        return tenant

    def open(self, key: Optional[str]) -> Tenant:
        """Return the tenant of a key, or of the default key; raises UnknownKeyError if it opens none."""
        key = self.default_key if key is None else key
        tenant = self.find(key) if is_key(key) else None
        if tenant is None:
            listed = expected("key", "one that the setting keys lists", blank_key(key) or "")
            raise UnknownKeyError(listed if is_key(key) else not_a_key("key", key))
        return tenant

    def select(self, key: Optional[str]) -> List[Tenant]:
        """Return the one tenant of a key, or all if none is named."""
        return list(self) if key is None else [self.open(key)]

    def change(self, values: Mapping[str, Any], key: Optional[str]) -> None:
        """Change settings of the server, or of one key; raises SettingError, and changes none, if one is wrong."""
        if key is not None:
            self.open(key).configure(values, self.settings)
            return
        self.settings = self.settings.changed(values)
        for tenant in self:
            if "keys" in values:  # the whole table, so what was set for one key before is gone
                tenant.own.clear()
            tenant.apply(self.settings)

    def reset(self, key: Optional[str]) -> None:
        """Close every key and go back to the first settings, or close one key."""
        if key is not None:
            del self._by_key[self.open(key).key]
            return
        self._by_key.clear()
        self.settings = self._initial
        self.clock.reset()
