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
PAUSE = 0.005  # seconds before another look at what somebody else is indexing


class Indexer:
    """Indexes memories while they arrive, so that no search has to read thousands of them first."""

    def __init__(self, fake: Fake) -> None:
        self._fake = fake
        self._task: Optional[IndexingTask] = None

    def keep_up(self) -> None:
        """Begin to index if there is much to do, and nobody does it yet."""
        if self._fake.is_behind and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(in_slices(self._fake.indexing()))


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
