"""Elastic APM, with what it would send kept."""

from __future__ import annotations

import contextlib
import json
from typing import Any, Iterator, List

import elasticapm

EVENTS: List[Any] = []
client = elasticapm.Client(
    service_name="program", server_url="http://127.0.0.1:9", central_config=False, cloud_provider="none"
)


def keep(_kind: str, data: Any, *, flush: bool = False) -> None:
    """Keep an event instead of sending it."""
    del flush
    EVENTS.append(json.loads(json.dumps(data, default=repr)))


client.queue = client.tracer.queue_func = keep
elasticapm.instrument()


@contextlib.contextmanager
def watching(name: str) -> Iterator[None]:
    """Watch a block."""
    client.begin_transaction("program")
    yield
    client.end_transaction(name)


def failed(_error: Exception) -> None:
    """Capture the error that is handled."""
    client.capture_exception()


def seen() -> List[Any]:
    """Return what would have been sent, and forget it."""
    events = list(EVENTS)
    EVENTS.clear()
    return events
