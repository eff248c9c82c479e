"""Log capture: the log records of a round are kept from the handlers, and replayed for the round that is shown."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from typing import Callable, Generator, List, Set, Tuple

__all__ = ["CapturedLogs", "captured_logs", "replay_logs"]

CapturedLogs = List[Tuple[logging.Handler, logging.LogRecord]]
"""The records that handlers would have written, in their order."""


@contextmanager
def captured_logs() -> Generator[CapturedLogs, None, None]:
    """Keep from the root logger's handlers what this thread, and the threads that it starts, log in the block.

    A handler of another logger, or one that is added in the block, gets every record.
    """
    records: CapturedLogs = []
    other_threads = {thread.ident or 0 for thread in threading.enumerate()} - {threading.get_ident()}
    handlers = [*logging.getLogger().handlers, *([logging.lastResort] if logging.lastResort is not None else [])]
    filters = [(handler, _capturing(handler, records, other_threads)) for handler in handlers]
    for handler, capture in filters:
        handler.addFilter(capture)
    try:
        yield records
    finally:
        for handler, capture in filters:
            handler.removeFilter(capture)


def replay_logs(records: CapturedLogs) -> None:
    """Give captured records to the handlers that they were meant for."""
    for handler, record in records:
        handler.handle(record)


def _capturing(
    handler: logging.Handler, records: CapturedLogs, other_threads: Set[int]
) -> Callable[[logging.LogRecord], bool]:
    def capture(record: logging.LogRecord) -> bool:
        if record.thread in other_threads:
            return True
        records.append((handler, record))
        return False

    return capture
