"""How a fake stands, in a few numbers: cheap enough to be compared ten times a second."""

from __future__ import annotations

from typing import NamedTuple, Sequence, Tuple

from fake_server.core.clock import TICKS
from fake_server.core.faults.armed import Armed
from fake_server.core.settings import Settings
from fake_server.core.tenants.tenants import Tenants

__all__ = ["Standing", "standing"]


class Standing(NamedTuple):
    """Scripts armed and how often they fired; keys and their memories; the settings; time and how far it is ahead.

    `now` is in ticks and `ahead` in seconds. `settings` are those of the server, then those of each key.
    """

    armed: int
    fired: int
    keys: int
    memories: int
    settings: Tuple[Settings, ...]
    now: int
    ahead: float


def standing(tenants: Tenants, armed: Sequence[Armed]) -> Standing:
    """Return how the fake of these tenants stands, with the scripts that are armed for the whole server."""
    scripts = [*armed, *(each for tenant in tenants for each in tenant.armed)]
    return Standing(
        armed=len(scripts),
        fired=sum(each.fired for each in scripts),
        keys=len(tenants),
        memories=sum(len(tenant.store) for tenant in tenants),
        settings=(tenants.settings, *(tenant.settings for tenant in tenants)),
        now=tenants.clock.ticks(),
        ahead=tenants.clock.ahead / TICKS,
    )
