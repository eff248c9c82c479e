"""Reading of the journal: its attempts, and its calls."""

from __future__ import annotations

from typing import Any, Mapping

from fake_server.core.journal.calls import calls_of

from .asked import Asked

__all__ = ["list_calls", "list_requests"]


def list_requests(asked: Asked) -> Mapping[str, Any]:
    """Return the attempts, oldest first."""
    entries = asked.fake.requests(key=asked.key)
    return {"requests": [entry.as_dict() for entry in entries], "dropped": asked.fake.dropped(key=asked.key)}


def list_calls(asked: Asked) -> Mapping[str, Any]:
    """Return the attempts grouped by call, oldest first."""
    calls = [call.as_dict() for call in calls_of(asked.fake.requests(key=asked.key))]
    return {"calls": calls, "dropped": asked.fake.dropped(key=asked.key)}
