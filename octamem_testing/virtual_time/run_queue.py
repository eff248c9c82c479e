"""Whose turn is next among the threads that wait: whoever can run, and where nobody can, whoever is due first."""

from __future__ import annotations

from typing import List, Optional, Tuple

from .thread_state import ThreadState

__all__ = ["RunQueue", "at_once"]

_SPINS = 1000
"""Waits of no length in a row after which the next wait that has one ends: somebody may be waiting for that."""


def at_once() -> bool:
    """Say that a wait is over as soon as it is its turn: what a seat is `ready` with that only lets others go first."""
    return True


class RunQueue:
    """The seats of those that wait, in the order in which they began to; `main` is the seat of the round's first.

    `lingering` says that the first waits for the others to end: it goes last then, and daemons do not move time. The
    caller holds a lock.
    """

    def __init__(self, main: ThreadState) -> None:
        self.seats: List[ThreadState] = []
        self.lingering = False
        self._main = main
        self._spins = 0

    def ready(self) -> Optional[ThreadState]:
        """Choose the first whose wait is over, None where each goes on."""
        idle = self._is_idle()
        for seat in sorted(self.seats, key=self._comes_last) if self.lingering else self.seats:
            if seat.ready is not None and not (idle and seat.spins) and seat.ready():
                self._count(seat)
                return seat
        return None

    def due(self) -> Optional[Tuple[int, ThreadState]]:
        """Choose the one whose wait ends first by itself, with its moment in ticks; None where none does.

        Where one after the other waits for no time at all, and nobody else has his turn, that is one with a length.
        """
        due = [(seat.due, at, seat) for at, seat in enumerate(self.seats) if seat.due is not None and self._moves(seat)]
        longer = [each for each in due if not each[2].spins] if self._is_idle() else due
        if not due:
            return None
        moment, _, seat = min(longer or due)
        self._count(seat)
        return moment, seat

    def rested(self) -> bool:
        """Say whether waits of no length were passed over, since there had been so many; they no longer are, then."""
        idle = self._is_idle()
        if idle:
            self._spins = 0
        return idle

    def is_held(self, now: float) -> bool:
        """Say whether time is to stand still, at that real moment, for something from outside of the round."""
        return any(seat.hold > now for seat in self.seats)

    def could_run(self) -> bool:
        """Say whether one waits for nothing but its turn."""
        return any(seat.ready is at_once for seat in self.seats)

    def moves_time(self) -> bool:
        """Say whether time would go on by itself, since a wait has an end."""
        return any(seat.due is not None and self._moves(seat) for seat in self.seats)

    def is_left(self) -> bool:
        """Say whether the threads that are left behind would never end by themselves."""
        others = (seat for seat in self.seats if seat is not self._main and not seat.thread.daemon)
        return not any(seat.due is not None or seat.hold for seat in others)

    def _is_idle(self) -> bool:
        return self._spins > _SPINS

    def _count(self, seat: ThreadState) -> None:
        self._spins = self._spins + 1 if seat.spins else 0

    def _comes_last(self, seat: ThreadState) -> bool:
        return seat is self._main

    def _moves(self, seat: ThreadState) -> bool:
        return not (self.lingering and seat.thread.daemon and seat is not self._main)
