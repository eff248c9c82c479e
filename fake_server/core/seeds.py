"""Memories that a test or a seed file puts in place: checked as a whole before one of them is stored."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, Dict, Iterable, List, Mapping, Optional, Set, Union

from .body import BadBody, is_text, optional_text, text_field
from .clock import START, iso
from .memories import Memory
from .settings import TYPES
from .tenants import Tenant

__all__ = ["SEED_FIELDS", "Seed", "SeedError", "as_seed", "planted"]

SEED_FIELDS = ("id", "content", "previousContext", "type", "source", "created_at")
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:(?<=:\d\d:\d\d)\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?)?", re.ASCII
)
Seed = Union[str, Mapping[str, Any]]


class SeedError(ValueError):
    """A memory that cannot be put in place; names which one and which field."""


def planted(tenant: Tenant, seeds: Iterable[Seed]) -> List[Memory]:
    """Store memories in a tenant, found at once, and give them; raises SeedError before any is stored."""
    if isinstance(seeds, (str, bytes, Mapping)):
        raise SeedError(
            f"memories: a list of texts or of objects with {', '.join(SEED_FIELDS)}, not one {type(seeds).__name__}"
        )
    fields = [_checked(place, seed) for place, seed in enumerate(seeds)]
    seen: Set[Optional[str]] = set()
    for place, each in enumerate(fields):
        identity = each.get("id")
        if identity is not None and (identity in tenant.store or identity in seen):
            raise SeedError(f"memories[{place}].id: {identity!r:.80} is taken; ids are unique")
        seen.add(identity)
    made = []
    for each in fields:
        identity, _ = tenant.ids()
        memory = Memory(
            each.get("id", identity),
            each["content"],
            each["label"],
            each.get("type", tenant.settings.default_type),
            each.get("source", "api"),
            each.get("created", tenant.ticks()),
            0,
            -1,
        )
        tenant.store.add(memory)
        made.append(memory)
    return made


def as_seed(memory: Memory) -> Dict[str, Any]:
    """Write a memory in the form that puts it back."""
    return {
        "id": memory.id,
        "content": memory.content,
        "previousContext": memory.label,
        "type": memory.type,
        "source": memory.source,
        "created_at": iso(memory.created),
    }


def _checked(place: int, seed: Seed) -> Dict[str, Any]:
    where = f"memories[{place}]"
    item: Mapping[str, Any] = {"content": seed} if isinstance(seed, str) else seed
    if not isinstance(item, Mapping):
        raise SeedError(f"{where}: a text or an object is wanted, not {seed!r:.80}")
    unknown = [name for name in item if name not in SEED_FIELDS]
    if unknown:
        raise SeedError(f"{where}: there is no field {unknown[0]!r:.80}; there are {', '.join(SEED_FIELDS)}")
    given = {name: value for name, value in item.items() if value is not None or name == "content"}
    try:
        checked: Dict[str, Any] = {
            "content": text_field(given, "content"),
            "label": optional_text(given, "previousContext").strip(),
        }
        for name in ("id", "source"):
            if name in given:
                checked[name] = text_field(given, name)
    except BadBody as error:
        raise SeedError(f"{where}.{error}") from None
    if any(not is_text(value) for value in checked.values()):
        raise SeedError(f"{where}: a lone surrogate, which is no character")
    if "type" in given:
        if given["type"] not in TYPES:
            raise SeedError(f"{where}.type: one of {', '.join(TYPES)}, not {given['type']!r:.80}")
        checked["type"] = given["type"]
    if "created_at" in given:
        checked["created"] = _moment(where, given["created_at"])
    return checked


def _moment(where: str, value: Any) -> int:
    try:
        match = _MOMENT.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise ValueError(value)  # noqa: TRY301 - one text for all that is no moment
        day, time, fraction, zone = match.groups(default="")
        # Spelt out in full, since how much may be left out differs from one Python to the next.
        zone = "+00:00" if zone in {"", "Z"} else zone
        moment = datetime.fromisoformat(f"{day}T{time or '00:00'}{fraction and f'.{fraction[:6]:0<6}'}{zone}")
        ticks = (moment - START) // timedelta(microseconds=1)
        iso(ticks)  # which has no year 0 and no year 10000, where a time zone may lead
        return ticks  # noqa: TRY300 - the value of the whole attempt
    except (ValueError, OverflowError):
        raise SeedError(
            f"{where}.created_at: a moment such as 2026-01-31T12:00:00Z is wanted, not {value!r:.80}"
        ) from None
