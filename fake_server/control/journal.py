"""Reading of the journal: its attempts."""

from __future__ import annotations

from typing import Any, Mapping

from .asked import Asked

__all__ = ["list_requests"]


def list_requests(asked: Asked) -> Mapping[str, Any]:
    """Return the attempts, oldest first."""
    entries = asked.fake.requests(key=asked.key)
    return {"requests": [entry.as_dict() for entry in entries], "dropped": asked.fake.dropped(key=asked.key)}
