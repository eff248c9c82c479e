"""The event queue of a simulation: processes that yield their waits, resumed in order of virtual time."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Dict, Iterator, List, Tuple

__all__ = ["EventQueue", "Process"]

Process = Iterator[float]
"""A generator that yields the time of each of its waits, and returns when it is done."""

_Event = Tuple[float, int, Process]


class EventQueue:
    """A queue of processes by the virtual time at which they resume; `now` is the time of the last event, from 0.

    Events of later ticks wait unsorted in one bucket for each `tick` of time, which is sorted when its tick begins: a
    heap of half a million processes would spend its time on cache misses. Only events that are added for the current
    tick go into a heap. The order is the same for every size of tick; events at the same time keep the order of adding.
    """

    def __init__(self, *, tick: float) -> None:
        self.now = 0.0
        self._number = 0
        self._per_unit = 1 / tick
        self._tick = 0
        self._due: List[_Event] = []  # latest first
        self._added: List[_Event] = []
        self._later: Dict[int, List[_Event]] = {}
        self._ticks: List[int] = []

    def time(self) -> float:
        """Return the current virtual time."""
        return self.now

    def start(self, process: Process, *, after: float = 0.0) -> None:
        """Resume a process after this much time."""
        self._number += 1
        at = self.now + after
        tick = int(at * self._per_unit)
        if tick <= self._tick:
            heappush(self._added, (at, self._number, process))
            return
        bucket = self._later.get(tick)
        if bucket is None:
            bucket = self._later[tick] = []
            heappush(self._ticks, tick)
        bucket.append((at, self._number, process))

    def resume(self, process: Process) -> None:
        """Resume a process at once, before other events at this time, and then after each of its waits."""
        wait = next(process, None)
        if wait is not None:
            self.start(process, after=wait)

    def run(self, until: float = float("inf")) -> None:
        """Resume processes in order, until none is left, or none before the time `until`."""
        added = self._added
        while self._due or added or self._next_tick():
            due = self._due
            at, _, process = heappop(added) if added and (not due or added[0] < due[-1]) else due.pop()
            if at >= until:
                return
            self.now = at
            self.resume(process)

    def _next_tick(self) -> bool:
        """Begin the next tick, and return whether there is one."""
        if not self._ticks:
            return False
        self._tick = heappop(self._ticks)
        self._due = self._later.pop(self._tick)
        self._due.sort(reverse=True)
        return True
