"""The stream of events of a server: what has changed, until the connection ends."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Iterable, Iterator, List, Mapping

__all__ = ["Event", "read_events"]


@dataclass(frozen=True)
class Event:
    """One event: its id, after which a later stream resumes, its name and its data."""

    id: str
    name: str
    data: Mapping[str, Any]


def read_events(lines: Iterable[bytes]) -> Iterator[Event]:
    """Yield the events of a stream as its lines come; comments and what is no event of JSON are left out."""
    identity, name = "", "message"
    data: List[str] = []
    for raw in lines:
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "id":
            identity = value
        elif field == "event":
            name = value
        elif field == "data":
            data.append(value)
        elif not line:
            if data:
                yield Event(identity, name, json.loads("\n".join(data)))
            name, data = "message", []
