"""Lineage: which thread or task started which, so that a retry can be told from a call of somebody else."""

from __future__ import annotations

import asyncio
import threading
from asyncio import events
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import takewhile
from typing import Any, Dict, Generator, Iterable, Iterator, List, Optional, Sequence, Tuple

from .work_items import WorkItem, WorkItems

__all__ = ["Lineage", "acting_for", "current_actor", "current_sender"]


class _Owner:
    """The task for which a thread of a pool does a job, None for as long as nobody knows it."""

    def __init__(self, actor: object) -> None:
        self.actor = actor


_OWNER: ContextVar[Optional[_Owner]] = ContextVar("octamem_owner", default=None)
"""Goes with the context from a task to the thread that works for it, as `asyncio.to_thread` and anyio copy it."""


@contextmanager
def acting_for(actor: object) -> Generator[_Owner, None, None]:
    """Let what is done in the block, and what is given this context there, be done for a task."""
    owner = _Owner(actor)
    token = _OWNER.set(owner)
    try:
        yield owner
    finally:
        _OWNER.reset(token)


def current_actor() -> object:
    """Return the task that runs in this thread, or the thread itself if it runs no event loop."""
    running = events._get_running_loop()  # noqa: SLF001 - raises nothing
    return (None if running is None else asyncio.current_task()) or threading.current_thread()


def current_sender() -> object:
    """Return on whose behalf a request is sent: that of the task which gave this thread its job, if one did."""
    actor, owner = current_actor(), _OWNER.get()
    return actor if owner is None or not isinstance(actor, threading.Thread) else owner.actor or actor


class Lineage:
    """The threads and tasks of a round, each with who started it, and after how many requests."""

    def __init__(self) -> None:
        self._requests = 0
        self._started: Dict[object, Tuple[int, object]] = {}
        self._items = WorkItems()
        self._alike: Dict[object, List[Tuple[int, object, int]]] = {}  # the number, sender and caller of each request

    def note_start(self, actor: object) -> None:
        """Note that the thread or task that runs starts another one."""
        self._started[actor] = self._origin()

    def note_put(self, queue: object, item: object) -> None:
        """Note that the thread or task that runs puts an item into a queue."""
        self._items.put(queue, item, self._origin())

    def begin_item(self, queue: object, item: object, worker: object) -> None:
        """Note that a worker has got an item from a queue; whoever put it there starts the work on it."""
        work, origin = self._items.begin(queue, item, worker)
        if origin is not None:
            self._started[work] = origin

    def has_item(self, worker: object) -> bool:
        """Whether a worker has got an item since it last asked for one."""
        return self._items.of(worker) is not None

    def end_item(self, worker: object) -> None:
        """Note that a worker asks for the next item."""
        self._items.end(worker)

    def _origin(self) -> Tuple[int, object]:
        actor = current_actor()
        return self._requests, self._items.of(actor) or actor

    def caller_of(self, what: object, number: int, sender: object, text: Optional[str] = None) -> int:
        """Return the caller of the n-th request: that of the next of kin who has sent one like it, of the last one.

        Kin are those who have a part in that request, and the sender itself is the next. A worker sends a text for the
        item that has it.
        """
        self._requests = number
        work = self._items.of(sender)
        if work is not None and work in self._started and work.is_for(text):
            sender = work
        alike = self._alike.setdefault(what, [])
        caller = next((caller for _, by, caller in reversed(alike) if by is sender), 0)
        caller = caller or self._caller_of_kin(alike, [sender, *self._starters(sender)])
        caller = caller or 1 + max((caller for _, _, caller in alike), default=0)
        alike.append((number, sender, caller))
        return caller

    def _caller_of_kin(self, alike: Sequence[Tuple[int, object, int]], line: Sequence[object]) -> int:
        own = [
            (self._distance(line, by), -earlier, caller)
            for earlier, by, caller in alike
            if not self._are_strangers(by, earlier, line)
        ]
        return min(own)[-1] if own else 0

    def _are_strangers(self, first: object, number: int, line: Sequence[object]) -> bool:
        """Whether the actor at the head of a line of starters has no part in the n-th request, which another one sent.

        It has not started the other one. It was there before that request; or the other one is still at work, or one
        that started it, and is no starter of both.
        """
        second = line[0]
        branch = list(takewhile(lambda each: not _is_among(each, line), [first, *self._starters(first)]))
        if (
            first is second
            or self._is_started_by(first, second)
            or (isinstance(first, WorkItem) and first.worker is second)
        ):
            return False
        return self._started.get(second, (0, None))[0] < number or any(map(_is_at_work, branch))

    def _is_started_by(self, actor: object, starter: object) -> bool:
        return _is_among(starter, self._starters(actor))

    def _distance(self, line: Sequence[object], actor: object) -> int:
        """Return how many steps up its line of starters an actor has in common with another one."""
        other = [actor, *self._starters(actor)]
        return next((steps for steps, each in enumerate(line) if _is_among(each, other)), len(line))

    def _starters(self, actor: object) -> Iterator[object]:
        while actor in self._started:
            actor = self._started[actor][1]
            yield actor


def _is_among(actor: object, actors: Iterable[object]) -> bool:
    return any(each is actor for each in actors)


def _is_at_work(actor: Any) -> bool:
    """Whether a thread, or the work on an item, has not ended, and a task is not about to end because of a cancel."""
    if isinstance(actor, WorkItem):
        return not actor.over and _is_at_work(actor.worker)
    return actor.is_alive() if isinstance(actor, threading.Thread) else not (actor.done() or _is_cancelled(actor))


def _is_cancelled(task: Any) -> bool:
    # Python 3.9 and 3.10 have no `cancelling()`: there a task knows only that it must be cancelled at its next step.
    cancelling, waiting = getattr(task, "cancelling", None), getattr(task, "_fut_waiter", None)
    if cancelling is not None:
        return bool(cancelling())
    return bool(getattr(task, "_must_cancel", False) or (waiting is not None and waiting.cancelled()))
