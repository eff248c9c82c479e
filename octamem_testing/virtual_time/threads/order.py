"""Order: which thread or task goes first when several could, drawn from a number.

The orders are those of PCT (Burckhardt et al., "A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs",
ASPLOS 2010): each actor has a priority, and the first that can go on goes on until it waits. At a few change points the
actor that runs falls behind all others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Dict, FrozenSet, List, Optional, Tuple

from fake_server.core.faults.lies import chance

if TYPE_CHECKING:
    import asyncio

    from .thread_state import ThreadState

__all__ = ["SERIAL", "Order"]

SERIAL = (1, 2, 3, 4)
"""Orders without a change point: an actor goes on until it waits. In the first the last one goes first, in the second
the first one; the others are drawn."""
_MOST_CHANGES = 3
_SPANS = (4, 12, 36)
"""Steps of a round among which change points are drawn: short programs have few, and bugs are mostly near the start."""
_LATE = 10**6
"""The priority of an actor that fell behind; each further one comes after it."""
_MOST_BUSY_TURNS = 20
"""Turns of an event loop that other tasks may take while requests are in flight: real ones are answered by then."""

_Held = Tuple[bool, float, int, "asyncio.Future[None]"]


class Order:
    """The order of one round; an actor is a thread or a task that sends requests.

    Without a `number` every actor is alike, so they go in the order of their waits, except those that are held.
    """

    def __init__(self, number: Optional[int] = None) -> None:
        self.drawn = number is not None
        self.choices = 0  # points at which more than one actor was there
        self._number = number
        self._ranks: Dict[object, float] = {}
        self._steps = 0
        self._changes = _changes(number)
        self._behind = 0
        self._held: Dict[asyncio.AbstractEventLoop, List[_Held]] = {}
        self._busy_turns = 0

    def rank(self, actor: object) -> float:
        """Return the priority of an actor, the first one lowest; it is given one when it is first seen."""
        if not self.drawn:
            return 0.0
        rank = self._ranks.get(actor)
        if rank is None:
            rank = self._ranks[actor] = self._first_rank(len(self._ranks))
        return rank

    def of_thread(self, state: ThreadState) -> Tuple[bool, float]:
        """Return the place of a thread among those that could run."""
        return state.held, self.rank(state)

    def step(self, actor: object) -> None:
        """Count a step of an actor, which falls behind all others if it is a change point."""
        self.rank(actor)
        self.choices += len(self._ranks) > 1
        self._steps += 1
        if self._steps in self._changes:
            self._behind += 1
            self._ranks[actor] = _LATE + self._behind

    async def hold(self, task: object, loop: asyncio.AbstractEventLoop, *, last: bool) -> None:
        """Suspend a task until it is its turn among those that are held; `last` says that all others go first."""
        self.step(task)
        held = self._held.setdefault(loop, [])
        freed = loop.create_future()
        held.append((last, self.rank(task), self._steps, freed))
        await freed

    def has_held(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Whether a task of a loop is held."""
        return bool(self._held.get(loop))

    def free(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let the first of the held tasks of a loop go on, since no other task of the loop can."""
        self._busy_turns = 0
        waiting = sorted(each for each in self._held.pop(loop, ()) if not each[3].done())
        if waiting:
            waiting[0][3].set_result(None)
            self._held[loop] = waiting[1:]

    def free_if_spinning(self, loop: asyncio.AbstractEventLoop) -> None:
        """Count a turn of a loop in which other tasks could go on, and let a held one go on after some."""
        if self.has_held(loop):
            self._busy_turns += 1
            if self._busy_turns > _MOST_BUSY_TURNS:
                self.free(loop)

    def _first_rank(self, nth: int) -> float:
        if self._number == SERIAL[0]:
            return -nth
        return nth if self._number == SERIAL[1] else chance(self._number, "priority", nth)


def _changes(number: Optional[int]) -> FrozenSet[int]:
    """Draw the steps at which the actor that runs falls behind."""
    if number is None or number in SERIAL:
        return frozenset()
    span = _SPANS[int(chance(number, "span") * len(_SPANS))]
    return frozenset(1 + int(chance(number, "change", each) * span) for each in range(1 + number % _MOST_CHANGES))
