"""How each key stands: its usage, its window of the rate, its rights, and how much it has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional, Tuple

from fake_server.core.key_text import blank_key
from fake_server.core.settings import Settings

from .tenant import Tenant
from .tenants import Tenants

__all__ = ["KeyOverview", "overview"]


@dataclass(frozen=True)
class KeyOverview:
    """How one key stands; `rate` is (calls, of how many, seconds until they count from none), None without a limit."""

    key: str = field(repr=False)
    key_id: Optional[str]
    settings: Settings = field(repr=False)
    own: Mapping[str, Any] = field(repr=False)
    used: int = 0
    rate: Optional[Tuple[int, int, float]] = None
    memories: int = 0
    size: int = 0
    attempts: int = 0
    dropped: int = 0
    faults: int = 0
    open: bool = False

    def as_dict(self) -> Dict[str, Any]:
        """Return it as JSON values, the key blanked."""
        rate = None if self.rate is None else dict(zip(("calls", "of", "resets_in"), self.rate))
        return {
            "key_id": self.key_id,
            "key": blank_key(self.key),
            "open": self.open,
            "usage": {"used": self.used, "limit": self.settings.limit, "unit": self.settings.unit},
            "rate": rate,
            "rights": list(self.settings.rights),
            "state": self.settings.state,
            "own": {name: list(value) if isinstance(value, tuple) else value for name, value in self.own.items()},
            "memories": self.memories,
            "bytes": self.size,
            "attempts": self.attempts,
            "dropped": self.dropped,
            "faults": self.faults,
        }


def overview(tenants: Tenants, key: Optional[str]) -> List[KeyOverview]:
    """Tell how one key stands, or each, the unused ones that the setting `keys` lists last."""
    listed = tenants.settings.keys or {}
    if key is None:
        used = [_of(tenant, listed.get(tenant.key, {})) for tenant in tenants]
        return used + [_unused(tenants, each, own) for each, own in listed.items() if not tenants.is_open(each)]
    named, tenant = tenants.resolve(key) or key, tenants.used(key)
    if tenant is None and named in listed:
        return [_unused(tenants, named, listed[named])]
    return [_of(tenant or tenants.open(key), listed.get(named, {}))]


def _unused(tenants: Tenants, key: str, own: Mapping[str, Any]) -> KeyOverview:
    return KeyOverview(key, tenants.known.id_of(key), tenants.settings.changed(own, of_key=True), own)


def _of(tenant: Tenant, listed: Mapping[str, Any]) -> KeyOverview:
    window = tenant.settings.rate_window
    rate = None
    if window is not None:
        calls, resets_in = tenant.rate.standing(window, tenant.clock.ticks())
        rate = (calls, window[0], resets_in)
    return KeyOverview(
        tenant.key,
        tenant.key_id,
        tenant.settings,
        {**listed, **tenant.own},
        tenant.usage(),
        rate,
        len(tenant.store),
        tenant.store.size,
        len(tenant.journal),
        tenant.journal.dropped,
        len(tenant.armed),
        open=True,
    )
