"""The run queue: the thread whose turn is next is the first that can run, or else the first that is due."""

from __future__ import annotations

from typing import List, Optional, Tuple

from .order import Order
from .thread_state import ThreadState

__all__ = ["RunQueue", "at_once"]

_BUSY_WAITS = 1000
"""Busy-waits in a row after which the next wait with a length ends: the loops may be waiting for that."""


def at_once() -> bool:
    """Return True: the `is_ready` of a thread that only lets others go first."""
    return True


class RunQueue:
    """The threads that wait, in the order in which they began to; `main` is the first thread of the round.

    `draining` says that `main` waits for the others to end: it goes last then, and daemons do not move time. The
    caller holds a lock. An `order` may let others go first than the first that began to wait.
    """

    def __init__(self, main: ThreadState) -> None:
        self.threads: List[ThreadState] = []
        self.draining = False
        self.order: Optional[Order] = None
        self._main = main
        self._busy_waits = 0  # in a row

    def ready(self) -> Optional[ThreadState]:
        """Return the first thread that can run, None if there is none."""
        starved = self._is_starved()
        threads = self._preferred()
        for state in sorted(threads, key=self._comes_last) if self.draining else threads:
            if state.is_ready is not None and not (starved and state.busy_wait) and state.is_ready():
                self._count(state)
                return state
        return None

    def due(self) -> Optional[Tuple[int, ThreadState]]:
        """Return the moment, in ticks, and the thread of the wait that ends first; None if no wait has an end.

        After too many busy-waits in a row it is the first wait with a length.
        """
        due = [
            (state.due, at, state)
            for at, state in enumerate(self._preferred())
            if state.due is not None and self._moves(state)
        ]
        longer = [each for each in due if not each[2].busy_wait] if self._is_starved() else due
        if not due:
            return None
        moment, _, state = min(longer or due)
        self._count(state)
        return moment, state

    def reset_busy_waits(self) -> bool:
        """Let busy-waits have their turns again, and return whether they were passed over."""
        starved = self._is_starved()
        if starved:
            self._busy_waits = 0
        return starved

    def is_frozen(self, now: float) -> bool:
        """Whether virtual time stands still, at that real moment, for something from outside of the round."""
        return any(state.frozen_until > now for state in self.threads)

    def could_run(self) -> bool:
        """Whether a thread waits for nothing except its turn."""
        return any(state.is_ready is at_once for state in self.threads)

    def moves_time(self) -> bool:
        """Whether a wait has an end, so that virtual time can move on."""
        return any(state.due is not None and self._moves(state) for state in self.threads)

    def is_drained(self) -> bool:
        """Whether no thread is left that would end by itself, daemons aside."""
        others = (state for state in self.threads if state is not self._main and not state.thread.daemon)
        return not any(state.due is not None or state.frozen_until for state in others)

    def _is_starved(self) -> bool:
        return self._busy_waits > _BUSY_WAITS

    def _count(self, state: ThreadState) -> None:
        self._busy_waits = self._busy_waits + 1 if state.busy_wait else 0

    def _preferred(self) -> List[ThreadState]:
        return self.threads if self.order is None else sorted(self.threads, key=self.order.of_thread)

    def _comes_last(self, state: ThreadState) -> bool:
        return state is self._main

    def _moves(self, state: ThreadState) -> bool:
        return not (self.draining and state.thread.daemon and state is not self._main)
