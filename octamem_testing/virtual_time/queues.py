"""Queues and streams: workers block for the next item, and each item is worked on for whoever put it there."""

from __future__ import annotations

import asyncio
import queue
import threading
from contextlib import ExitStack, contextmanager
from functools import cache, wraps
from typing import Any, Callable, Dict, Generator, Mapping, Optional

from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from .bounds import WaitReleased
from .primitives import current_scheduler
from .scheduler import Scheduler
from .threads.lineage import current_actor

__all__ = ["patched_queues"]

_real_simple_queue: Any = queue.SimpleQueue

SourceOf = Callable[[Any], object]
"""Says by what the items of a queue or stream are told from those of another."""
Wrapper = Callable[[Any], Any]
"""Makes a method that takes the place of another one."""


class _SimpleQueue(_real_simple_queue):  # type: ignore[misc]  # Any, since its own type is generic
    """A queue on which threads of a round wait in virtual time, and after the round as on any queue."""

    def put(self, item: Any, block: bool = True, timeout: Optional[float] = None) -> None:  # noqa: FBT001, FBT002 - as a queue has it
        scheduler = current_scheduler()
        if scheduler is not None and scheduler.judged:
            scheduler.lineage.note_put(self, item)
        super().put(item, block, timeout)

    def get(self, block: bool = True, timeout: Optional[float] = None) -> Any:  # noqa: FBT001, FBT002 - as a queue has it
        scheduler = current_scheduler()
        if scheduler is None:
            return super().get(block, timeout)
        _ask(scheduler)
        if not block and self.empty():
            scheduler.count_failed_poll()
        if block and self.empty():
            try:
                scheduler.wait(lambda: not self.empty(), timeout, daemon_wait=True)
            except WaitReleased as released:
                # A pool's thread, or a daemon: the pool may be used by the next round.
                return super().get(block, released.left)
            block = False
        item = super().get(block, timeout)
        _take(scheduler, self, item)
        return item

    def get_nowait(self) -> Any:
        return self.get(block=False)


def _ask(scheduler: Scheduler) -> None:
    """Note that this thread asks for an item, so that it is done with its last one."""
    actor = threading.current_thread()
    scheduler.lineage.end_item(actor)
    if scheduler.series is not None:
        scheduler.series.ask(actor)
        scheduler.block(lambda: not scheduler.is_handing_over(), None, counts=False)


def _take(scheduler: Scheduler, source: object, item: object) -> None:
    """Note that this thread has got an item; in a series it waits until the one before it is dealt with."""
    actor, series = threading.current_thread(), scheduler.series
    while series is not None:
        before = series.take(source, actor)
        if before is None or not scheduler.hold_until_free(before):
            break
    scheduler.lineage.begin_item(source, item, actor)


@contextmanager
def patched_queues(scheduler: Scheduler) -> Generator[None, None, None]:
    """Let queues that the round's threads make block on the scheduler; in a judged round, note what workers are at."""
    queue.SimpleQueue = _SimpleQueue  # type: ignore[misc]
    try:
        if scheduler.judged:
            with ExitStack() as stack:
                for kind, wrappers in _NOTED.items():
                    stack.enter_context(_noted(kind, wrappers))
                yield
        else:
            yield
    finally:
        queue.SimpleQueue = _real_simple_queue  # type: ignore[misc]


@contextmanager
def _noted(kind: Any, wrappers: Mapping[str, Wrapper]) -> Generator[None, None, None]:
    """Put a wrapper around each of these methods of a class."""
    before = {name: vars(kind)[name] for name in wrappers}
    for name, wrapper in wrappers.items():
        setattr(kind, name, _wrapped(wrapper, before[name]))
    try:
        yield
    finally:
        for name, method in before.items():
            setattr(kind, name, method)


@cache
def _wrapped(wrapper: Wrapper, real: Any) -> Any:
    """Wrap a method once for all rounds."""
    return wraps(real)(wrapper(real))


def _itself(source: object) -> object:
    return source


def _state_of(stream: Any) -> object:
    """Return what the two ends of a stream, and their clones, have in common."""
    return getattr(stream, "_state", stream)


def _put(source_of: SourceOf) -> Wrapper:
    def wrapper(real: Callable[..., None]) -> Any:
        def put(self: Any, item: Any, *args: Any, **options: Any) -> None:
            scheduler = current_scheduler()
            if scheduler is not None:
                scheduler.lineage.note_put(source_of(self), item)
            real(self, item, *args, **options)

        return put

    return wrapper


def _get(real: Callable[..., Any]) -> Any:
    def get(self: Any, *args: Any, **options: Any) -> Any:
        scheduler = current_scheduler()
        if scheduler is None:
            return real(self, *args, **options)
        _ask(scheduler)
        item = real(self, *args, **options)
        _take(scheduler, self, item)
        return item

    return get


def _get_nowait_of_task(source_of: SourceOf) -> Wrapper:
    def wrapper(real: Callable[..., Any]) -> Any:
        def get_nowait(self: Any) -> Any:
            item = real(self)
            scheduler = current_scheduler()
            if scheduler is not None:
                scheduler.lineage.begin_item(source_of(self), item, current_actor())
            return item

        return get_nowait

    return wrapper


def _get_of_task(source_of: SourceOf) -> Wrapper:
    def wrapper(real: Callable[..., Any]) -> Any:
        async def get(self: Any) -> Any:
            scheduler, actor, source = current_scheduler(), current_actor(), source_of(self)
            if scheduler is None:
                return await real(self)
            series = scheduler.series
            scheduler.lineage.end_item(actor)
            if series is not None:
                series.ask(actor)
                await series.hand_over()
            item = await real(self)
            if not scheduler.lineage.has_item(actor):  # a stream gives it to whoever waits
                scheduler.lineage.begin_item(source, item, actor)
            while series is not None:
                before = series.take(source, actor)
                if before is None or not await series.wait_for(before):
                    break
            return item

        return get

    return wrapper


_NOTED: Dict[Any, Dict[str, Wrapper]] = {
    queue.Queue: {"put": _put(_itself), "get": _get},
    asyncio.Queue: {
        "put_nowait": _put(_itself),
        "get_nowait": _get_nowait_of_task(_itself),
        "get": _get_of_task(_itself),
    },
    MemoryObjectSendStream: {"send_nowait": _put(_state_of)},
    MemoryObjectReceiveStream: {
        "receive_nowait": _get_nowait_of_task(_state_of),
        "receive": _get_of_task(_state_of),
    },
}
