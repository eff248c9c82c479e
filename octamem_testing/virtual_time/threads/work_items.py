"""Work items: what a worker does for one that it got from a queue, until it asks for the next one."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Optional, Tuple

from octamem_testing.static import is_a, space_of

__all__ = ["WorkItem", "WorkItems"]

_DEPTH = 3
"""How far down a text is looked for in an item: a tuple of an object's attributes, for instance."""
_CALL = 5
"""The fields of a call that multiprocessing.pool hands to its threads: task, number, function and arguments."""


class WorkItem:
    """One item in the hands of a worker, which is a thread or a task; `over` once that has asked for the next one."""

    def __init__(self, item: object, worker: object) -> None:
        self._item = item
        self.worker = worker
        self.over = False

    def is_for(self, text: Optional[str]) -> bool:
        """Whether a note of this text is sent for the item: a pool was given it, or the text is in it.

        Another note may be one that the worker has kept from an item before.
        """
        item: Any = self._item
        is_call = is_a(item, tuple) and len(item) == _CALL and callable(item[2])  # of multiprocessing.pool
        if is_call or type(item).__module__ == "concurrent.futures.thread":
            return True
        return text is not None and _mentions(item, text, _DEPTH)


class WorkItems:
    """The items in the queues of a round, each with who put it there and when, and those that a worker is at."""

    def __init__(self) -> None:
        # By the id of each queue, which is kept, so that no other queue has that id.
        self._put: Dict[int, Tuple[object, List[Tuple[object, Any]]]] = {}
        self._current: Dict[object, WorkItem] = {}

    def put(self, queue: object, item: object, origin: Tuple[int, object]) -> None:
        """Note an item with its origin: after how many requests it was put there, and by whom."""
        self._put.setdefault(id(queue), (queue, []))[1].append((item, origin))

    def begin(self, queue: object, item: object, worker: object) -> Tuple[WorkItem, Optional[Tuple[int, object]]]:
        """Note that a worker got an item, and return it with its origin, None if that is unknown."""
        work = self._current[worker] = WorkItem(item, worker)
        _, waiting = self._put.get(id(queue), (None, []))
        for at, (each, origin) in enumerate(waiting):
            if each is item:
                del waiting[at]
                return work, origin
        return work, None

    def end(self, worker: object) -> None:
        """Note that a worker asks for the next item."""
        work = self._current.pop(worker, None)
        if work is not None:
            work.over = True

    def of(self, worker: object) -> Optional[WorkItem]:
        """Return the item that a worker is at, None if it is at none."""
        return self._current.get(worker)


def _mentions(item: Any, text: str, depth: int) -> bool:
    if is_a(item, str):
        return text in item or (item != "" and item in text)
    if depth == 0:
        return False
    return any(_mentions(part, text, depth - 1) for part in _parts(item))


def _parts(item: Any) -> Iterable[Any]:
    """Return what an item is made of, without running any code of its own."""
    if type(item) in (tuple, list, set, frozenset):
        return list(item)
    return list((item if type(item) is dict else space_of(item)).values())
