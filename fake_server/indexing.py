"""Indexing on the event loop, in slices so short that requests of other keys do not notice."""

from __future__ import annotations

import asyncio
from contextlib import closing
from time import perf_counter
from typing import TYPE_CHECKING, Iterator, Optional

from .core import Fake

if TYPE_CHECKING:
    IndexingTask = asyncio.Task[None]

__all__ = ["Indexer", "in_slices"]

SLICE = 0.002  # seconds of work before the event loop turns to what has come meanwhile
PATIENCE = 2.0  # seconds for which requests that keep coming go first; from then on, they share the time with the index
PAUSE = 0.005  # seconds before another look at whether requests still come, or at what somebody else is indexing


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
        """Index all: while no request comes, and after PATIENCE beside those that come.

        Before it waits for a pause, it closes the steps, so that a search can read what is left by itself.
        """
        patient_until = perf_counter() + PATIENCE
        while self._fake.is_behind:
            requests = self._requests
            await asyncio.sleep(PAUSE)
            if requests != self._requests and perf_counter() < patient_until:
                continue
            requests = self._requests
            with closing(self._fake.indexing()) as steps:
                began = perf_counter()
                for worked in steps:
                    now = perf_counter()
                    if worked and now - began < SLICE:
                        continue
                    is_asked, requests = requests != self._requests, self._requests
                    if is_asked and now < patient_until:
                        break
                    await asyncio.sleep(PAUSE if not worked else now - began if is_asked else 0)
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
