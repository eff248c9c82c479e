"""Series: a rerun in which threads, tasks and workers go one after the other, as far as they can."""

from __future__ import annotations

import asyncio
from typing import Any, Callable, Coroutine, Dict, Hashable, List, Optional, Tuple

__all__ = ["LONGEST_HOLD", "Member", "Series"]

LONGEST_HOLD = 60.0
"""Seconds of virtual time after which one who is held goes on, although the one before it has not ended."""

_MOST_TURNS = 1_000
"""Turns of an event loop in which those may begin that are held no longer."""

_Coroutine = Coroutine[Any, Any, Any]


class Member:
    """One thread or task of a series: whether others need wait for it, and the tasks that do."""

    def __init__(self, has_ended: Callable[[], bool]) -> None:
        self._has_ended = has_ended
        self._waiting: List[asyncio.Future[None]] = []
        self.asks = False  # whether it asks a queue for an item

    def is_free(self) -> bool:
        """Whether others need not wait for it: it has ended, or asks a queue for an item."""
        return self.asks or self._has_ended()

    def freed(self) -> asyncio.Future[None]:
        """Return a future that is done once others need not wait for it."""
        future = asyncio.get_running_loop().create_future()
        if self.is_free():
            future.set_result(None)
        else:
            self._waiting.append(future)
        return future

    def free(self) -> None:
        """Let the tasks go on that wait."""
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.get_loop().call_soon_threadsafe(_end, future)


class Series:
    """Who is held until whom.

    Of those that one starter begins, each begins once the one before it has ended, or has asked a queue for an item.
    Of the items of a queue each is handed over once a worker is done with the one before it.
    """

    def __init__(self) -> None:
        self._latest: Dict[Hashable, Member] = {}
        self._members: Dict[object, Member] = {}
        # By the id of a queue: the queue, and the worker that is at an item of it.
        self._busy: Dict[int, Tuple[object, Member]] = {}
        self._held: List[Member] = []  # whom those wait for that are held
        self._was_broken = False

    @property
    def is_whole(self) -> bool:
        """Whether nobody is held, and nobody had to go on before it was to."""
        return not (self._held or self._was_broken)

    def enter(self, actor: object, group: Hashable, has_ended: Callable[[], bool]) -> Optional[Member]:
        """Note one that begins in a group, and return the one before it, None if it need not wait."""
        before = self._before(group)
        self._latest[group] = self._members[actor] = Member(has_ended)
        return before

    def begin_task(
        self, coro: _Coroutine, group: Hashable, make: Callable[[_Coroutine], asyncio.Task[Any]]
    ) -> asyncio.Task[Any]:
        """Make the task of a coroutine, which begins once the one before it in its group lets it."""
        before = self._before(group)
        task = make(coro if before is None else self._held_back(coro, before))
        self.enter(task, group, task.done)
        member = self._members[task]

        def end(_: object) -> None:
            member.free()
            coro.close()  # of a task that was cancelled before it began

        task.add_done_callback(end)
        return task

    def ask(self, actor: object) -> None:
        """Note that a worker asks a queue for an item, so that it is done with its last one."""
        member = self._members.get(actor)
        if member is not None:
            member.asks = True
            member.free()

    def take(self, queue: object, actor: object) -> Optional[Member]:
        """Note that a worker has got an item, and return who is at another item of it, None if it may begin."""
        member = self._members.get(actor)
        if member is None:
            return None
        _, busy = self._busy.get(id(queue), (None, None))
        if busy is not None and busy is not member and not busy.is_free():
            return busy
        member.asks = False
        self._busy[id(queue)] = queue, member
        return None

    def is_handing_over(self) -> bool:
        """Whether one that is held could go on, but has not come to do so yet."""
        return any(before.is_free() for before in self._held)

    def hold(self, before: Member) -> None:
        """Note that one is held until others need not wait for the one before it."""
        self._held.append(before)

    def let_go(self, before: Member, *, in_turn: bool) -> None:
        """Note that one that was held goes on; `in_turn` says that it has its turn."""
        self._held.remove(before)
        self._was_broken = self._was_broken or not in_turn

    async def wait_for(self, before: Member) -> bool:
        """Hold the task that runs until others need not wait for one, and return whether that came."""
        self.hold(before)
        done, _ = await asyncio.wait({before.freed()}, timeout=LONGEST_HOLD)
        self.let_go(before, in_turn=bool(done))
        return bool(done)

    async def hand_over(self) -> None:
        """Let the tasks begin that can, before the one that runs goes on."""
        for _ in range(_MOST_TURNS):
            if not self.is_handing_over():
                return
            await asyncio.sleep(0)

    def _before(self, group: Hashable) -> Optional[Member]:
        """Return for whom the next one of a group waits, None for nobody."""
        before = self._latest.get(group)
        return None if before is None or before.is_free() else before

    async def _held_back(self, coro: _Coroutine, before: Member) -> Any:
        await self.wait_for(before)
        return await coro


def _end(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
