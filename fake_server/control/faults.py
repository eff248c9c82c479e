"""Control of the faults: what is armed, arm more, disarm."""

from __future__ import annotations

from typing import Any, Mapping

from .asked import Asked, only

__all__ = ["arm", "disarm", "list_faults"]


def list_faults(asked: Asked) -> Mapping[str, Any]:
    """Return the scripts in force, and how often each fired."""
    armed = asked.fake.armed(key=asked.key)
    return {"faults": [{"script": each.script.text, "fired": each.fired, "left": each.left} for each in armed]}


def arm(asked: Asked, *, replace: bool = False) -> Mapping[str, Any]:
    """Arm a script beside those armed, or in their place."""
    script = only(asked.fields, ("script", "seed"), "script")
    asked.fake.faults(script, key=asked.key, seed=asked.fields.get("seed"), replace=replace)
    return list_faults(asked)


def disarm(asked: Asked) -> Mapping[str, Any]:
    """End every script of the server, or of the key."""
    asked.fake.disarm(key=asked.key)
    return list_faults(asked)
