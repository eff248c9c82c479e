"""Lineage: which thread or task started which, so that a retry can be told from a call of somebody else."""

from __future__ import annotations

import asyncio
import threading
from asyncio import events
from typing import Dict, Iterator, List, Tuple

__all__ = ["Lineage", "current_actor"]


def current_actor() -> object:
    """Return the task that runs in this thread, or the thread itself if it runs no event loop."""
    running = events._get_running_loop()  # noqa: SLF001 - raises nothing
    return (None if running is None else asyncio.current_task()) or threading.current_thread()


class Lineage:
    """The threads and tasks of a round, each with who started it, and after how many requests."""

    def __init__(self) -> None:
        self._requests = 0
        self._started: Dict[object, Tuple[int, object]] = {}
        self._alike: Dict[object, List[Tuple[int, object, int]]] = {}  # the number, sender and caller of each request

    def note_start(self, actor: object) -> None:
        """Note that the thread or task that runs starts another one."""
        self._started[actor] = self._requests, current_actor()

    def caller_of(self, what: object, number: int, sender: object) -> int:
        """Return the caller of the n-th request: that of the last one like it in which its sender has a part."""
        self._requests = number
        alike = self._alike.setdefault(what, [])
        own = (caller for earlier, by, caller in reversed(alike) if not self._are_strangers(by, earlier, sender))
        caller = next(own, 1 + max((caller for _, _, caller in alike), default=0))
        alike.append((number, sender, caller))
        return caller

    def _are_strangers(self, first: object, number: int, second: object) -> bool:
        """Whether an actor has its own work, and no part in the n-th request, which another one sent.

        It was there before that request, and did not start the other one to send it.
        """
        begun = self._started.get(second, (0, None))[0]
        return first is not second and begun < number and all(each is not second for each in self._starters(first))

    def _starters(self, actor: object) -> Iterator[object]:
        while actor in self._started:
            actor = self._started[actor][1]
            yield actor
