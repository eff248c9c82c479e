"""Logs of rounds: held back from the handlers of the process, and let through for the one round that is shown."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from typing import Callable, Generator, List, Set, Tuple

__all__ = ["Held", "held", "released"]

Held = List[Tuple[logging.Handler, logging.LogRecord]]
"""What handlers would have written."""


@contextmanager
def held() -> Generator[Held, None, None]:
    """Hold back, from the root logger's handlers, what the round logs in this thread and in those that it begins.

    A handler that is added to another logger, or in the round itself, gets all of it.
    """
    records: Held = []
    others = {thread.ident or 0 for thread in threading.enumerate()} - {threading.get_ident()}
    handlers = [*logging.getLogger().handlers, *([logging.lastResort] if logging.lastResort is not None else [])]
    filters = [(handler, _keeping(handler, records, others)) for handler in handlers]
    for handler, keep in filters:
        handler.addFilter(keep)
    try:
        yield records
    finally:
        for handler, keep in filters:
            handler.removeFilter(keep)


def released(records: Held) -> None:
    """Let through what was held back."""
    for handler, record in records:
        handler.handle(record)


def _keeping(handler: logging.Handler, records: Held, others: Set[int]) -> Callable[[logging.LogRecord], bool]:
    def keep(record: logging.LogRecord) -> bool:
        if record.thread in others:
            return True
        records.append((handler, record))
        return False

    return keep
