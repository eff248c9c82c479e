"""The ending of a run: what the scenario returned or raised, and what becomes of the tasks that it left behind."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from dataclasses import dataclass
from inspect import getattr_static
from typing import Any, Mapping, Optional

from octamem_testing.chaos.scenario.scenario import ScenarioError
from octamem_testing.static import is_a, space_of
from octamem_testing.virtual_time.bounds import RoundStopped
from octamem_testing.virtual_time.event_loop import VirtualLoop

__all__ = ["LINGER", "Ending", "cancel_tasks", "ignore_unretrieved", "is_judged"]

LINGER = 120.0
"""Virtual seconds that tasks and threads may go on after the scenario that started them."""
_NOT_JUDGED = (("pytest", "exit"), ("pytest", "skip"), ("unittest", "SkipTest"))
"""Errors that end a test rather than what it tests; those that skip it do so only without faults."""


@dataclass
class Ending:
    """What the scenario returned or raised, and when it ended, in ticks since the run began.

    `in_series` says whether its threads and tasks went one after the other, as a rerun may ask.
    """

    returned: Any = None
    error: Optional[BaseException] = None
    at: int = 0
    in_series: bool = False


def is_judged(error: BaseException, *, has_faults: bool) -> bool:
    """Whether an error is for the invariants to judge, and not for the test itself."""
    if is_a(error, ScenarioError, KeyboardInterrupt):
        return False
    for module, name in _NOT_JUDGED:
        found = space_of(sys.modules.get(module)).get(name)
        kind = found if is_a(found, type) else getattr_static(found, "Exception", None)
        if kind is not None and is_a(error, kind) and (name == "exit" or not has_faults):
            return False
    return True


def ignore_unretrieved(_: asyncio.AbstractEventLoop, __: Mapping[str, Any]) -> None:
    """Log nothing of tasks whose errors nobody retrieves: under faults there are many."""


def cancel_tasks(loop: VirtualLoop) -> None:
    """Cancel the tasks that the scenario left behind, as asyncio.run does, and close its async generators."""
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        with suppress(RoundStopped, RuntimeError):
            loop.run_until_complete(asyncio.wait(left, timeout=LINGER))
    for task in asyncio.all_tasks(loop):
        task._log_destroy_pending = False  # type: ignore[attr-defined]  # noqa: SLF001 - it cannot be cancelled
    with suppress(RoundStopped, RuntimeError):
        loop.run_until_complete(loop.shutdown_asyncgens())
