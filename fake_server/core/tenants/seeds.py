"""Memories that a test or a seed file stores: all are checked before one is stored."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from sys import intern
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Set, Union

from fake_server.core.clock import START, iso
from fake_server.core.json_body import UNICODE, BadBody, is_text, optional_text, text_field
from fake_server.core.memory import Memory
from fake_server.core.settings import TYPES
from fake_server.core.wording import alternatives, expected, name_shown, plural, required, shown, unknown

from .tenant import Tenant

__all__ = ["SEED_FIELDS", "Seed", "SeedError", "as_seed", "replace_seeds", "store_seeds"]

SEED_FIELDS = ("id", "content", "previousContext", "type", "source", "created_at")
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:(?<=:\d\d:\d\d)\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?)?", re.ASCII
)
Seed = Union[str, Sequence[str], Mapping[str, Any], Memory]
"""A text, a pair of a text and its context, an object of SEED_FIELDS (only `content` is required), or a Memory."""


class SeedError(ValueError):
    """A memory that cannot be stored; names which one and which field."""


def store_seeds(tenant: Tenant, seeds: Iterable[Seed]) -> List[Memory]:
    """Store memories in a tenant, found at once, and return them; raises SeedError before any is stored."""
    fields = [_checked(f"memories[{at}]", _record(at, seed)) for at, seed in enumerate(_listed(seeds))]
    seen: Set[Optional[str]] = set()
    for at, each in enumerate(fields):
        identity = each.get("id")
        if identity is not None and (identity in tenant.store or identity in seen):
            raise SeedError(expected(f"memories[{at}].id", "a new id", f"{shown(identity)}, which is stored already"))
        seen.add(identity)
    return [_stored(tenant, {"id": tenant.ids()[0], "created": tenant.clock.ticks(), **each}) for each in fields]


def replace_seeds(tenant: Tenant, seeds: Iterable[Seed]) -> List[Memory]:
    """Replace memories by id, found at once, and return them; raises SeedError before any is replaced.

    Fields that are left out stay as they were. The memories become the newest, in the order given.
    """
    fields: List[Dict[str, Any]] = []
    for at, seed in enumerate(_listed(seeds)):
        given = {name: value for name, value in _record(at, seed).items() if value is not None}
        identity = given.get("id")
        if not isinstance(identity, str) or identity not in tenant.store:
            path = f"memories[{at}].id"
            stored = expected(path, "the id of a stored memory", shown(identity))
            raise SeedError(required(path) if identity is None else stored)
        old = tenant.store[identity]
        each = _checked(f"memories[{at}]", {**as_seed(old), **given})
        if "created_at" not in given:
            each["created"] = old.created  # to the microsecond, which no record shows
        fields.append(each)
    return [_stored(tenant, each) for each in fields]


def as_seed(memory: Memory) -> Dict[str, Any]:
    """Write a memory in the form that puts it back."""
    return {
        "id": memory.id,
        "content": memory.content,
        "previousContext": memory.context,
        "type": memory.type,
        "source": memory.source,
        "created_at": iso(memory.created),
    }


def _listed(seeds: Iterable[Seed]) -> List[Seed]:
    if isinstance(seeds, (str, bytes, Mapping, Memory)) or not isinstance(seeds, Iterable):
        raise SeedError(expected("memories", "a list", type(seeds).__name__, "put one memory into a list"))
    return list(seeds)


def _record(at: int, seed: Seed) -> Mapping[str, Any]:
    """Write any form of a memory as an object."""
    if isinstance(seed, str):
        return {"content": seed}
    if isinstance(seed, Memory):
        return as_seed(seed)
    if isinstance(seed, (list, tuple)):
        if len(seed) != 2:
            raise SeedError(expected(f"memories[{at}]", "a pair (text, context)", plural(len(seed), "value")))
        return {"content": seed[0], "previousContext": seed[1]}
    if not isinstance(seed, Mapping):
        got = type(seed).__name__
        raise SeedError(expected(f"memories[{at}]", "a text, a pair (text, context) or an object", got))
    return seed


def _stored(tenant: Tenant, fields: Dict[str, Any]) -> Memory:
    memory = Memory(
        fields["id"],
        fields["content"],
        intern(fields["context"]),
        fields.get("type", tenant.settings.default_type),
        fields.get("source", "api"),
        fields["created"],
        0,
        -1,
    )
    tenant.store.add(memory)
    return memory


def _checked(path: str, item: Mapping[str, Any]) -> Dict[str, Any]:
    strange = [name for name in item if name not in SEED_FIELDS]
    if strange:
        raise SeedError(unknown(f"{path}.{name_shown(strange[0])}", "field", SEED_FIELDS))
    given = {name: value for name, value in item.items() if value is not None or name == "content"}
    try:
        checked: Dict[str, Any] = {
            "content": text_field(given, "content"),
            "context": optional_text(given, "previousContext").strip(),
        }
        for name in ("id", "source"):
            if name in given:
                checked[name] = text_field(given, name)
    except BadBody as error:
        raise SeedError(f"{path}.{error}") from None
    for name in ("content", "previousContext", "id", "source"):
        if not is_text(given.get(name)):
            raise SeedError(expected(f"{path}.{name}", *UNICODE))
    if "type" in given:
        if given["type"] not in TYPES:
            raise SeedError(expected(f"{path}.type", alternatives(TYPES), shown(given["type"])))
        checked["type"] = given["type"]
    if "created_at" in given:
        checked["created"] = _moment(f"{path}.created_at", given["created_at"])
    return checked


def _moment(path: str, value: Any) -> int:
    try:
        match = _MOMENT.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise ValueError(value)  # noqa: TRY301 - one message for every text that is not a date
        day, time, fraction, zone = match.groups(default="")
        # Spelt out in full, since how much may be left out differs from one Python to the next.
        zone = "+00:00" if zone in {"", "Z"} else zone
        moment = datetime.fromisoformat(f"{day}T{time or '00:00'}{fraction and f'.{fraction[:6]:0<6}'}{zone}")
        ticks = (moment - START) // timedelta(microseconds=1)
        iso(ticks)  # fails for the years 0 and 10000, which a time zone can lead to
        return ticks  # noqa: TRY300 - the value of the whole attempt
    except (ValueError, OverflowError):
        raise SeedError(expected(path, "a date and time such as 2026-01-31T12:00:00Z", shown(value))) from None
