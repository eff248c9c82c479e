"""Indexing on the event loop, in slices so short that requests of other keys do not notice."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import TYPE_CHECKING, Iterator, Optional

from .core import Fake

if TYPE_CHECKING:
    IndexingTask = asyncio.Task[None]

__all__ = ["Indexer", "in_slices"]

SLICE = 0.002  # seconds of work before the event loop turns to what has come meanwhile
MODEST = 19  # how many times as long as a slice is left to requests that keep coming
FAIR = 1  # the same for an index that is still behind after PATIENCE
PATIENCE = 2.0  # seconds
PAUSE = 0.005  # seconds before another look at what somebody else is indexing


class Indexer:
    """Indexes memories while they arrive, so that no search has to read thousands of them first."""

    def __init__(self, fake: Fake) -> None:
        self._fake = fake
        self._task: Optional[IndexingTask] = None
        self._requests = 0

    def keep_up(self) -> None:
        """Begin to index if there is much to do, and nobody does it yet."""
        self._requests += 1
        if (self._task is None or self._task.done()) and self._fake.is_behind:
            self._task = asyncio.get_running_loop().create_task(self._index())

    async def _index(self) -> None:
        """Index all, and leave most of the time to requests while they come one after another."""
        behind_since = began = perf_counter()
        requests = self._requests
        for worked in self._fake.indexing():
            now = perf_counter()
            if worked and now - began < SLICE:
                continue
            is_asked, requests = requests != self._requests, self._requests
            if worked and is_asked:
                await asyncio.sleep((now - began) * (MODEST if now - behind_since < PATIENCE else FAIR))
            else:
                await asyncio.sleep(0 if worked else PAUSE)
            began = perf_counter()


async def in_slices(steps: Iterator[bool]) -> None:
    """Take all steps, and let the event loop go on in between."""
    began = perf_counter()
    for worked in steps:
        if not worked:
            await asyncio.sleep(PAUSE)
        elif perf_counter() - began >= SLICE:
            await asyncio.sleep(0)
        else:
            continue
        began = perf_counter()
