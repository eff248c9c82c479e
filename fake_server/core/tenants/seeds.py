"""Memories that a test or a seed file stores: all are checked before one is stored, and others wait for neither."""

from __future__ import annotations

from sys import intern
from typing import Iterable, Iterator, List, Mapping, Optional, Sequence, Set, TypeVar

from fake_server.core.lock import FairLock
from fake_server.core.memory import Memory
from fake_server.core.wording import expected, kind_of, required, shown

from .seed_fields import Seed, SeedError, SeedFields, as_seed, check_seed, seed_object
from .tenant import Tenant

__all__ = ["check_seeds", "replace_seeds", "store_seeds"]

AT_ONCE = 50  # memories between which nobody else has the lock: one or two milliseconds

Item = TypeVar("Item")


def check_seeds(seeds: Iterable[Seed]) -> List[SeedFields]:
    """Return the fields of memories; raises SeedError, which names the first that is wrong."""
    return [check_seed(seed, f"memories[{at}]") for at, seed in enumerate(_listed(seeds))]


def store_seeds(tenant: Tenant, checked: Sequence[SeedFields], lock: FairLock) -> List[Memory]:
    """Store memories in a tenant, found at once, and return them; raises SeedError, and then none is stored."""
    _check_new(tenant, checked, lock)
    stored: List[Memory] = []
    for part in _slices(checked, lock):
        with lock:
            # Checked again, since another may have stored one meanwhile.
            taken = next((each for each in part if each.id is not None and each.id in tenant.store), None)
            if taken is None:
                stored += [_stored(tenant, each, unnamed=tenant.ids()[0]) for each in part]
                continue
        _take_back(tenant, stored, lock)
        raise _taken(checked.index(taken), taken)
    return stored


def _check_new(tenant: Tenant, checked: Sequence[SeedFields], lock: FairLock) -> None:
    seen: Set[str] = set()
    for at, part in enumerate(_slices(checked, lock)):
        with lock:
            for number, each in enumerate(part, at * AT_ONCE):
                if each.id is None:
                    continue
                if each.id in tenant.store or each.id in seen:
                    raise _taken(number, each)
                seen.add(each.id)


def _taken(at: int, seed: SeedFields) -> SeedError:
    return SeedError(expected(f"memories[{at}].id", "a new id", f"{shown(seed.id)}, which is stored already"))


def _take_back(tenant: Tenant, memories: Sequence[Memory], lock: FairLock) -> None:
    """Forget memories that are still as they were stored."""
    for part in _slices(memories, lock):
        with lock:
            for each in part:
                if each.id in tenant.store and tenant.store[each.id] == each:
                    tenant.store.remove(each.id)


def replace_seeds(tenant: Tenant, seeds: Iterable[Seed], lock: FairLock) -> List[Memory]:
    """Replace memories by id, found at once, and return them; raises SeedError before any is replaced.

    Fields that are left out stay as they were. The memories become the newest, in the order given. One that another
    deletes meanwhile stays deleted.
    """
    given = _listed(seeds)
    checked: List[SeedFields] = []
    for part in _slices(given, lock):
        for each in part:
            checked.append(_replacing(tenant, each, f"memories[{len(checked)}]", lock))
    replaced: List[Memory] = []
    for part in _slices(checked, lock):
        with lock:
            replaced += [_stored(tenant, each, unnamed="") for each in part if each.id and each.id in tenant.store]
    return replaced


def _replacing(tenant: Tenant, seed: Seed, path: str, lock: FairLock) -> SeedFields:
    given = {name: value for name, value in seed_object(seed, path).items() if value is not None}
    identity = given.get("id")
    old: Optional[Memory] = None
    if isinstance(identity, str):
        with lock:
            if identity in tenant.store:
                old = tenant.store[identity]
    if old is None:
        stored = expected(f"{path}.id", "the id of a stored memory", shown(identity))
        raise SeedError(required(f"{path}.id") if identity is None else stored)
    each = check_seed({**as_seed(old), **given}, path)
    # To the microsecond, which no record shows.
    return each if "created_at" in given else each._replace(created=old.created)


def _slices(items: Sequence[Item], lock: FairLock) -> Iterator[Sequence[Item]]:
    """Yield items in parts, between which who waits has the lock, unless the caller had it before."""
    for at in range(0, len(items), AT_ONCE):
        if at:
            lock.give_way()
        yield items[at : at + AT_ONCE]


def _listed(seeds: Iterable[Seed]) -> List[Seed]:
    if isinstance(seeds, (str, bytes, Mapping, Memory, SeedFields)) or not isinstance(seeds, Iterable):
        raise SeedError(expected("memories", "a list", kind_of(seeds), "put one memory into a list"))
    return list(seeds)


def _stored(tenant: Tenant, fields: SeedFields, *, unnamed: str) -> Memory:
    memory = Memory(
        fields.id or unnamed,
        fields.content,
        intern(fields.context),
        fields.type or tenant.settings.default_type,
        fields.source or "api",
        tenant.clock.ticks() if fields.created is None else fields.created,
        0,
        -1,
        fields.file,
    )
    tenant.store.add(memory)
    return memory
