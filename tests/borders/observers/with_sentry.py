"""Sentry, as its page sets it up, with its events kept."""

from __future__ import annotations

import contextlib
from typing import Any, Iterator, List

import sentry_sdk
from sentry_sdk.transport import Transport

EVENTS: List[Any] = []


class Kept(Transport):
    """Keep what would be sent."""

    def capture_envelope(self, envelope: Any) -> None:
        """Keep the items of an envelope."""
        EVENTS.extend(item.payload.json for item in envelope.items)


sentry_sdk.init(dsn="http://public@127.0.0.1:9/1", transport=Kept, traces_sample_rate=1.0)
failed = sentry_sdk.capture_exception


@contextlib.contextmanager
def watching(name: str) -> Iterator[None]:
    """Watch a block; its message carries the breadcrumbs."""
    with sentry_sdk.start_transaction(name=name):
        yield
        sentry_sdk.capture_message("done")


def seen() -> List[Any]:
    """Return what would have been sent, and forget it."""
    sentry_sdk.flush()
    events = list(EVENTS)
    EVENTS.clear()
    return events
