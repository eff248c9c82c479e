"""Statistics of the latest calls: how many came in each step of time, what became of them, and how long they took."""

from __future__ import annotations

from math import ceil
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from fake_server.core.clock import START, TICKS

from .calls import groups_of
from .journal import Entry
from .outcome import outcome
from .progress import duration

__all__ = ["Window", "statistics"]

_OUTCOMES = {"answered": "answered", "refused": "failed", "failed": "failed", "open": "open"}


class Window(NamedTuple):
    """A span of time in steps, both in seconds, that ends `now`, in ticks; steps begin at multiples of their length."""

    seconds: float
    step: float
    now: int

    @property
    def steps(self) -> int:
        """How many steps it has."""
        return max(1, ceil(round(self.seconds / self.step, 6)))

    @property
    def first(self) -> int:
        """The number of its first step since the clock's start."""
        return self.now // self.ticks - self.steps + 1

    def step_of(self, moment: int) -> Optional[int]:
        """Return the step that a moment belongs to, None if it is before all; a later one belongs to the last."""
        at = moment // self.ticks - self.first
        return None if at < 0 else min(at, self.steps - 1)

    def times(self) -> List[float]:
        """Return when each step begins, in seconds since 1970."""
        return [START.timestamp() + (self.first + at) * self.ticks / TICKS for at in range(self.steps)]

    @property
    def ticks(self) -> int:
        """The length of a step in ticks."""
        return max(1, round(self.step * TICKS))


def statistics(entries: Sequence[Entry], window: Window) -> Dict[str, Any]:
    """Return the series of a window by name, each with a value a step; calls count when their first attempt came."""
    series = {name: [0] * window.steps for name in ("calls", "answered", "retried", "failed", "open", "attempts")}
    statuses: Dict[str, List[int]] = {}
    durations: List[List[float]] = [[] for _ in range(window.steps)]
    for call in groups_of(entries):
        at = window.step_of(call[0].ticks)
        if at is None:
            continue
        series["calls"][at] += 1
        became = _OUTCOMES[outcome(call)]
        series[became][at] += 1
        if became == "answered" and len(call) > 1:
            series["retried"][at] += 1
    for entry in entries:
        at = window.step_of(entry.ticks)
        if at is None:
            continue
        series["attempts"][at] += 1
        name = str(entry.status) if entry.status is not None else entry.dropped or "none"
        statuses.setdefault(name, [0] * window.steps)[at] += 1
        took = duration(entry)
        if took is not None:
            durations[at].append(took)
    return {
        "t": window.times(),
        **series,
        "statuses": dict(sorted(statuses.items())),
        "p50": [_percentile(each, 50) for each in durations],
        "p95": [_percentile(each, 95) for each in durations],
    }


def _percentile(values: List[float], percent: int) -> Optional[float]:
    """Return the smallest value that so many percent of the values do not exceed, None if there are none."""
    return sorted(values)[ceil(len(values) * percent / 100) - 1] if values else None
