"""Reports each attempt: to the logger `octamem`, and to the hook `on_attempt`."""

from __future__ import annotations

import logging
import re
from typing import Callable, Optional, Set, TypeVar

from ._attempts import AttemptRecord
from ._options import OnAttempt

LOGGER = logging.getLogger("octamem")

ValueT = TypeVar("ValueT")


def _summary(record: AttemptRecord) -> str:
    status = "no answer" if record.status is None else f"status {record.status}"
    cause = f" ({record.cause})" if record.cause else ""
    name = f", request id {record.request_id}" if record.request_id else ""
    return f"{status}{cause}{name}"


def observe(record: AttemptRecord, hook: Optional[OnAttempt]) -> None:
    """Log one line at DEBUG and call the hook; an exception of the hook is logged, and the call continues."""
    if LOGGER.isEnabledFor(logging.DEBUG):
        LOGGER.debug("%s attempt %d: %s in %.3f s", record.operation, record.number, _summary(record), record.elapsed)
    if hook is not None:
        notify("on_attempt", hook, record)


def notify(option: str, hook: Callable[[ValueT], object], value: ValueT) -> None:
    """Call a hook; its exception is logged, and the call continues."""
    try:
        hook(value)
    except Exception as error:  # noqa: BLE001 - a hook must not break a call
        # Only the type: the message of an exception may contain anything.
        LOGGER.warning("%s raised %s; the call continues", option, type(error).__name__)


_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}|results(\.\d+|\[\]\.[a-z_]+|\[\])")
"""The fields that are named: anything else in the place of a name may be the text of a memory."""

_MOST_NAMED = 1000


def name_once(named: Set[str], redact: Callable[[str], str], operation: str, field: str, text: str) -> None:
    """Log one line at WARNING of a field that is not as expected, unless it was named before."""
    path = f"{operation}.{redact(field) if _FIELD.fullmatch(field) else '(a name that is not shown)'}"
    if path not in named and len(named) < _MOST_NAMED:
        named.add(path)
        LOGGER.warning("%s: %s", path, text)


def retrying(record: AttemptRecord, wait: float) -> None:
    """Log one line at INFO: the result of the attempt, and the wait before the next one."""
    LOGGER.info("%s attempt %d: %s; next in %.3f s", record.operation, record.number, _summary(record), wait)
