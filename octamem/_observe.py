"""Who watches a call: the logger `octamem`, and the hook `on_attempt`."""

from __future__ import annotations

import logging
from typing import Optional

from ._attempts import AttemptRecord
from ._options import OnAttempt

LOGGER = logging.getLogger("octamem")


def _came_to(record: AttemptRecord) -> str:
    status = "no answer" if record.status is None else f"status {record.status}"
    cause = f" ({record.cause})" if record.cause else ""
    name = f", request id {record.request_id}" if record.request_id else ""
    return f"{status}{cause}{name}"


def observe(record: AttemptRecord, hook: Optional[OnAttempt]) -> None:
    """Log one line at DEBUG and call the hook; a hook that raises is logged and breaks nothing."""
    if LOGGER.isEnabledFor(logging.DEBUG):
        LOGGER.debug("%s attempt %d: %s in %.3f s", record.operation, record.number, _came_to(record), record.elapsed)
    if hook is None:
        return
    try:
        hook(record)
    except Exception as error:  # noqa: BLE001 - whatever it raises, the call is not its business
        # Only the type: what an exception says may hold anything.
        LOGGER.warning("on_attempt raised %s; the call goes on", type(error).__name__)


def retrying(record: AttemptRecord, wait: float) -> None:
    """Log one line at INFO: what came of the attempt, and when the next one follows."""
    LOGGER.info("%s attempt %d: %s; next in %.3f s", record.operation, record.number, _came_to(record), wait)
