"""Reading of the keys: how each stands."""

from __future__ import annotations

from typing import Any, Mapping

from .asked import Asked

__all__ = ["list_keys"]


def list_keys(asked: Asked) -> Mapping[str, Any]:
    """Return how each key stands, or one: its usage, its window of the rate, its rights, its own settings."""
    return {"keys": [each.as_dict() for each in asked.fake.overview(key=asked.key)]}
