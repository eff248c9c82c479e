"""The order of tasks in a set: it is the same in each round, although asyncio keeps them in sets by their addresses."""

from __future__ import annotations

import asyncio
import sys
from typing import Any, Iterable, Iterator

__all__ = ["REAL_AS_COMPLETED", "NumberedTask", "as_completed"]

REAL_AS_COMPLETED: Any = asyncio.as_completed


class NumberedTask(asyncio.Task):  # type: ignore[type-arg]  # its class takes no argument at run time
    """A task whose hash is a number that its loop gave it, rather than an address, which no round repeats.

    What `done.pop()` gives after `asyncio.wait` is then the same in each round.
    """

    def __init__(self, coro: Any, number: int, **options: Any) -> None:
        self._number = number  # first: the task is put into a set as it is made
        super().__init__(coro, **options)

    def __hash__(self) -> int:
        return self._number


def _begun(awaitables: Iterable[Any]) -> Any:
    """Return a task for each of the coroutines, begun in their order: asyncio would make a set of them first."""
    if asyncio.iscoroutine(awaitables) or asyncio.isfuture(awaitables):
        return awaitables  # one is a mistake, of which asyncio says so
    return [asyncio.ensure_future(each) for each in dict.fromkeys(awaitables)]


if sys.version_info >= (3, 13):

    def as_completed(fs: Iterable[Any], **options: Any) -> Any:
        """Do as asyncio.as_completed, and begin coroutines in their order."""
        return REAL_AS_COMPLETED(_begun(fs), **options)

else:

    def as_completed(fs: Iterable[Any], **options: Any) -> Iterator[Any]:
        """Do as asyncio.as_completed, and begin coroutines in their order, at the first look at the result."""
        yield from REAL_AS_COMPLETED(_begun(fs), **options)
