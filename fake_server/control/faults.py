"""Control of the faults: what is armed, arm more, disarm."""

from __future__ import annotations

from typing import Any, Mapping, Optional

from fake_server.core import Fake

from .asked import Fields, only

__all__ = ["arm", "disarm", "list_faults"]


def list_faults(fake: Fake, key: Optional[str], _fields: Fields) -> Mapping[str, Any]:
    """Return the scripts in force, and how often each fired."""
    armed = fake.armed(key=key)
    return {"faults": [{"script": each.script.text, "fired": each.fired, "left": each.left} for each in armed]}


def arm(fake: Fake, key: Optional[str], fields: Fields, *, replace: bool = False) -> Mapping[str, Any]:
    """Arm a script beside those armed, or in their place."""
    script = only(fields, ("script", "seed"), "script")
    fake.faults(script, key=key, seed=fields.get("seed"), replace=replace)
    return list_faults(fake, key, {})


def disarm(fake: Fake, key: Optional[str], _fields: Fields) -> Mapping[str, Any]:
    """End every script of the server, or of the key."""
    fake.disarm(key=key)
    return list_faults(fake, key, {})
