"""Memories that a test or a seed file stores: all are checked before one is stored."""

from __future__ import annotations

from sys import intern
from typing import Iterable, List, Mapping, Sequence, Set

from fake_server.core.memory import Memory
from fake_server.core.wording import expected, required, shown

from .seed_fields import Seed, SeedError, SeedFields, as_seed, check_seed, seed_object
from .tenant import Tenant

__all__ = ["check_seeds", "replace_seeds", "store_seeds"]


def check_seeds(seeds: Iterable[Seed]) -> List[SeedFields]:
    """Return the fields of memories; raises SeedError, which names the first that is wrong."""
    return [check_seed(seed, f"memories[{at}]") for at, seed in enumerate(_listed(seeds))]


def store_seeds(tenant: Tenant, checked: Sequence[SeedFields]) -> List[Memory]:
    """Store memories in a tenant, found at once, and return them; raises SeedError before any is stored."""
    seen: Set[str] = set()
    for at, each in enumerate(checked):
        if each.id is None:
            continue
        if each.id in tenant.store or each.id in seen:
            raise SeedError(expected(f"memories[{at}].id", "a new id", f"{shown(each.id)}, which is stored already"))
        seen.add(each.id)
    return [_stored(tenant, each, unnamed=tenant.ids()[0]) for each in checked]


def replace_seeds(tenant: Tenant, seeds: Iterable[Seed]) -> List[Memory]:
    """Replace memories by id, found at once, and return them; raises SeedError before any is replaced.

    Fields that are left out stay as they were. The memories become the newest, in the order given.
    """
    checked: List[SeedFields] = []
    for at, seed in enumerate(_listed(seeds)):
        path = f"memories[{at}]"
        given = {name: value for name, value in seed_object(seed, path).items() if value is not None}
        identity = given.get("id")
        if not isinstance(identity, str) or identity not in tenant.store:
            stored = expected(f"{path}.id", "the id of a stored memory", shown(identity))
            raise SeedError(required(f"{path}.id") if identity is None else stored)
        old = tenant.store[identity]
        each = check_seed({**as_seed(old), **given}, path)
        # To the microsecond, which no record shows.
        checked.append(each if "created_at" in given else each._replace(created=old.created))
    return [_stored(tenant, each, unnamed="") for each in checked]


def _listed(seeds: Iterable[Seed]) -> List[Seed]:
    if isinstance(seeds, (str, bytes, Mapping, Memory, SeedFields)) or not isinstance(seeds, Iterable):
        raise SeedError(expected("memories", "a list", type(seeds).__name__, "put one memory into a list"))
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
