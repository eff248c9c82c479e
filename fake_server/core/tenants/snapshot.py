"""A snapshot: what is kept of all keys, or of one, as a value that can be put back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Optional, Tuple

from fake_server.core.changes import Counters
from fake_server.core.settings import Settings

from .answers import Answers
from .memories import Memories
from .tenant import Tenant
from .tenants import Tenants

__all__ = ["KeyState", "Snapshot", "own_settings", "restored", "taken"]


@dataclass(frozen=True)
class KeyState:
    """What is kept of one key: its memories, its own settings, what is counted, and its idempotent answers."""

    key: str = field(repr=False)
    memories: Memories
    own: Mapping[str, Any] = field(repr=False)
    counters: Counters
    answers: Answers = field(repr=False)

    @property
    def size(self) -> int:
        """About how many bytes it keeps from being freed."""
        return self.memories.size + sum(each.size for each in self.answers.values())


@dataclass(frozen=True)
class Snapshot:
    """What was kept of all keys, or of one; `settings` are those of the server, None in a snapshot of one key.

    It holds no journal, no armed faults and no time.
    """

    keys: Tuple[KeyState, ...]
    settings: Optional[Settings] = field(default=None, repr=False)
    changed: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        """Count the memories."""
        return sum(len(state.memories) for state in self.keys)

    @property
    def size(self) -> int:
        """About how many bytes it keeps from being freed."""
        return sum(state.size for state in self.keys)

    def since(self, *others: Snapshot) -> int:
        """Count the memories that are in none of the others just as they are here."""
        before = [{state.key: state.memories for state in other.keys} for other in others]
        return sum(
            not any(state.key in each and each[state.key].get(memory.id) == memory for each in before)
            for state in self.keys
            for memory in state.memories
        )


def taken(tenants: Tenants, key: Optional[str]) -> Snapshot:
    """Return what is kept now; raises UnknownKeyError."""
    states = tuple(_state(tenant) for tenant in tenants.select(key))
    return Snapshot(states, tenants.settings, dict(tenants.changed)) if key is None else Snapshot(states)


def restored(tenants: Tenants, snapshot: Snapshot) -> None:
    """Put a snapshot back; in one of all keys, a key that it has not is emptied.

    Raises UnknownKeyError if it is of a key that no longer opens a memory, and CapacityError if too many keys would be
    open; then it changes nothing.
    """
    if snapshot.settings is None:
        for state in snapshot.keys:
            tenants.open(state.key)
    else:
        kept = {state.key for state in snapshot.keys}
        others = [tenant for tenant in tenants if tenant.key not in kept]
        if not all(map(tenants.is_open, kept)):
            tenants.check_room(len(kept) + sum(tenant.is_held for tenant in others))
        tenants.put_settings(snapshot.settings, dict(snapshot.changed))
        for tenant in others:
            _put(tenants, tenant, KeyState(tenant.key, Memories({}), {}, Counters(), {}))
    # Those that are open come first, so that the room of a new one is made of what was emptied.
    for state in sorted(snapshot.keys, key=lambda state: not tenants.is_open(state.key)):
        _put(tenants, tenants.kept(state.key), state)


def own_settings(own: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the settings of a key, checked; raises SettingError."""
    checked = Settings().changed(own, of_key=True)
    return {name: getattr(checked, name) for name in own}


def _state(tenant: Tenant) -> KeyState:
    return KeyState(tenant.key, tenant.store.snapshot(), dict(tenant.own), tenant.counters, tenant.answers.all())


def _put(tenants: Tenants, tenant: Tenant, state: KeyState) -> None:
    if tenant.own != state.own:
        tenant.set_own(dict(state.own), tenants.settings)
    if tenant.store.snapshot() != state.memories:
        tenant.store.restore(state.memories)
    if tenant.answers.all() != state.answers:
        tenant.answers.replace(state.answers)
    tenant.count_from(state.counters)
    tenants.use(tenant)
