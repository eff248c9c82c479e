"""The fault script under which the attempts of a call are answered again as they were."""

from __future__ import annotations

from itertools import groupby
from typing import Sequence

from fake_server.core.faults.steps import BEFORE, Step
from fake_server.core.journal.entry import Entry

__all__ = ["script_of", "step_of"]


def script_of(entries: Sequence[Entry]) -> str:
    """Return the script, "" if the attempts met nothing and the service refused none."""
    endpoint = entries[0].endpoint
    steps = [step_of(entry) for entry in entries]
    while steps and steps[-1] == "ok":
        steps.pop()
    if not steps or endpoint is None:
        return ""
    runs = ((step, sum(1 for _ in same)) for step, same in groupby(steps))
    return f"{endpoint}: {', '.join(step if count == 1 else f'{step} x{count}' for step, count in runs)}"


def step_of(entry: Entry) -> str:
    """Return the step for one attempt; a refusal that rests on the state of its key becomes a fault of its status."""
    if entry.lost:
        return f"hang @{'before' if entry.handled is None else 'after'}"
    if entry.fault is not None and entry.fault != "ok":
        return entry.fault
    if entry.status is None or entry.status == 200:
        return "ok"
    return str(Step("status", BEFORE, status=entry.status, retry_after=entry.retry_after))
