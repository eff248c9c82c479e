"""Statistics of the latest calls: how many came in each step of time, what became of them, and how long they took."""

from __future__ import annotations

from math import ceil
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence

from fake_server.core.clock import START, TICKS

from .calls import groups_of
from .entry import Entry
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

    def placing(self) -> Callable[[int], int]:
        """Return what gives the step of a moment: negative before the window, the last one for all later moments."""
        first, last, length = self.first, self.steps - 1, self.ticks
        return lambda moment: min(moment // length - first, last)

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
    step_of = window.placing()
    recent = [entry for entry in entries if step_of(entry.ticks) >= 0]
    for call in groups_of(recent):
        if call[0] not in call[0].call.entries[:1]:  # it began before the window
            continue
        at = step_of(call[0].ticks)
        series["calls"][at] += 1
        became = _OUTCOMES[outcome(call)]
        series[became][at] += 1
        if became == "answered" and len(call) > 1:
            series["retried"][at] += 1
    for entry in recent:
        at = step_of(entry.ticks)
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
