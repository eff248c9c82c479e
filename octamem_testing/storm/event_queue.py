"""Virtual time: processes that say how long they wait, resumed in the order of time, then of asking."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Dict, Iterator, List, Tuple

__all__ = ["Agenda", "Process"]

Process = Iterator[float]
"""A generator that yields how long it waits before it goes on, and ends when it is done."""

_Due = Tuple[float, int, Process]


class Agenda:
    """What is to happen, and the time that it is: `now` is the time of the last thing that happened, from 0.

    What is due later lies unsorted in one bucket for each `tick` of time, and is sorted once its tick has come: a heap
    of half a million processes would spend its time waiting for memory. Only what is asked for within its own tick
    goes into a heap. The order is the same for every tick.
    """

    def __init__(self, *, tick: float) -> None:
        self.now = 0.0
        self._asked = 0
        self._per_unit = 1 / tick
        self._tick = 0
        self._due: List[_Due] = []  # the last one first
        self._added: List[_Due] = []
        self._later: Dict[int, List[_Due]] = {}
        self._ticks: List[int] = []

    def time(self) -> float:
        """Return the time, as a function that can be handed on."""
        return self.now

    def start(self, process: Process, *, after: float = 0.0) -> None:
        """Let a process go on once that much time has passed."""
        self._asked += 1
        at = self.now + after
        tick = int(at * self._per_unit)
        if tick <= self._tick:
            heappush(self._added, (at, self._asked, process))
            return
        bucket = self._later.get(tick)
        if bucket is None:
            bucket = self._later[tick] = []
            heappush(self._ticks, tick)
        bucket.append((at, self._asked, process))

    def resume(self, process: Process) -> None:
        """Let a process go on at once, before all else that is due now, and then whenever it says."""
        wait = next(process, None)
        if wait is not None:
            self.start(process, after=wait)

    def run(self, until: float = float("inf")) -> None:
        """Resume what is due, one after the other, until nothing is left, or nothing before that time."""
        added = self._added
        while self._due or added or self._turn():
            due = self._due
            at, _, process = heappop(added) if added and (not due or added[0] < due[-1]) else due.pop()
            if at >= until:
                return
            self.now = at
            self.resume(process)

    def _turn(self) -> bool:
        """Turn to the next tick, and return whether there is one."""
        if not self._ticks:
            return False
        self._tick = heappop(self._ticks)
        self._due = self._later.pop(self._tick)
        self._due.sort(reverse=True)
        return True
