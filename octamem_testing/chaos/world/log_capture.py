"""Log capture: the log records of a round are kept from the handlers, and replayed for the round that is shown."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from traceback import format_exception
from typing import Callable, ClassVar, Generator, List, Set, Tuple

__all__ = ["CapturedLogs", "PortableLogs", "captured_logs", "logs_since", "mark_logs", "replay_logs", "take_logs"]

_PLAIN = (bool, int, float, str, type(None))
"""Types of the fields of a record that another process can have."""

CapturedLogs = List[Tuple[logging.Handler, logging.LogRecord]]
"""The records that handlers would have written, in their order."""


PortableLogs = List[Tuple[int, logging.LogRecord]]
"""The same in another process, each handler by its id: a fork keeps it."""


class _Open:
    """The captures that are open in this process, the innermost last."""

    captures: ClassVar[List[CapturedLogs]] = []


@contextmanager
def captured_logs() -> Generator[CapturedLogs, None, None]:
    """Keep from the root logger's handlers what this thread, and the threads that it starts, log in the block.

    A handler of another logger, or one that is added in the block, gets every record.
    """
    records: CapturedLogs = []
    _Open.captures.append(records)
    other_threads = {thread.ident or 0 for thread in threading.enumerate()} - {threading.get_ident()}
    filters = [(handler, _capturing(handler, records, other_threads)) for handler in _handlers()]
    for handler, capture in filters:
        handler.addFilter(capture)
    try:
        yield records
    finally:
        _Open.captures.remove(records)
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


def mark_logs() -> int:
    """Return how many records are captured so far."""
    return len(_Open.captures[-1]) if _Open.captures else 0


def logs_since(mark: int) -> PortableLogs:
    """Return what was captured since, in a form that can be pickled: each message as text."""
    captured = _Open.captures[-1][mark:] if _Open.captures else []
    return [(id(handler), _portable(record)) for handler, record in captured]


def take_logs(logs: PortableLogs) -> None:
    """Capture what was logged in a child, as if it were logged here."""
    handlers = {id(handler): handler for handler in _handlers()}
    if _Open.captures:
        _Open.captures[-1].extend((handlers[known], record) for known, record in logs if known in handlers)


def _handlers() -> List[logging.Handler]:
    return [*logging.getLogger().handlers, *([logging.lastResort] if logging.lastResort is not None else [])]


def _portable(record: logging.LogRecord) -> logging.LogRecord:
    fields = {name: value for name, value in vars(record).items() if type(value) in _PLAIN}
    try:
        message = record.getMessage()
    except Exception as error:  # noqa: BLE001 - the program's own arguments may fail in any way
        message = f"{record.msg!s:.200} (its arguments fail with {type(error).__name__})"
    text = "".join(format_exception(*record.exc_info)).rstrip() if record.exc_info else None
    return logging.makeLogRecord({**fields, "msg": message, "args": None, "exc_info": None, "exc_text": text})
