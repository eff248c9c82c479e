"""Celery's eager mode: in virtual time a retry waits as long as a worker would, though Celery itself does not wait."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any, List, Tuple

from octamem_testing.patches import Patch, Target, wrapping
from octamem_testing.virtual_time.patched_time import in_round

__all__ = ["TARGETS"]


def _tasks(module: Any) -> List[Tuple[Any, str, Patch]]:
    return [(module.Task, "apply", wrapping(_apply))]


def _apply(original: Any, task: Any, *arguments: Any, **options: Any) -> Any:
    if options.get("retries") and in_round():
        time.sleep(_countdown(options))
    return original(task, *arguments, **options)


def _countdown(options: Any) -> float:
    """Return the seconds until a task is due, by its `countdown=` or `eta=`; 0 if it is due at once."""
    seconds, eta = options.get("countdown"), options.get("eta")
    if isinstance(eta, dt.datetime):
        moment = eta if eta.tzinfo is not None else eta.replace(tzinfo=dt.timezone.utc)
        seconds = moment.timestamp() - time.time()
    return max(float(seconds), 0.0) if isinstance(seconds, (int, float)) else 0.0


TARGETS = (Target("celery.app.task", _tasks),)
