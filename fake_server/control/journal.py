"""Reading of the journal: its attempts, and its calls."""

from __future__ import annotations

from typing import Any, Mapping, Optional

from fake_server.core import Fake
from fake_server.core.journal.calls import calls_of

from .asked import Fields

__all__ = ["list_calls", "list_requests"]


def list_requests(fake: Fake, key: Optional[str], _fields: Fields) -> Mapping[str, Any]:
    """Return the attempts, oldest first."""
    return {"requests": [entry.as_dict() for entry in fake.requests(key=key)], "dropped": fake.dropped(key=key)}


def list_calls(fake: Fake, key: Optional[str], _fields: Fields) -> Mapping[str, Any]:
    """Return the attempts grouped by call, oldest first."""
    calls = [call.as_dict() for call in calls_of(fake.requests(key=key))]
    return {"calls": calls, "dropped": fake.dropped(key=key)}
