"""Add many memories from threads: the caller's own thread reads, waits and yields, and workers send."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Callable, Generator, Iterable, Iterator, Optional, Tuple, Union

from octamem._errors import OctaMemError
from octamem._models import AddResult

from .outcome import AddOutcome, OnProgress
from .window import Window

Operation = Callable[[], Any]
"""Gives what is to be sent, when it is sent: an item that is no memory is refused there, as `add` refuses it."""
CallOf = Callable[[int, Any], Any]
Send = Callable[[Operation], AddResult]
_Done = Union[AddOutcome, BaseException]


def add_in_threads(
    items: Iterable[Any], call_of: CallOf, send: Send, concurrency: int, on_progress: Optional[OnProgress]
) -> Generator[AddOutcome, None, None]:
    """Yield the outcome of each item, in their order; whatever the iterable raises follows after the last."""
    window = Window(concurrency, on_progress)
    done: SimpleQueue[_Done] = SimpleQueue()
    iterator = iter(items)
    failure: Optional[Exception] = None
    workers = ThreadPoolExecutor(concurrency, thread_name_prefix="octamem-add")
    try:
        while not window.is_over():
            if window.may_read():
                try:
                    index, operation = _operation(window, call_of, iterator)
                except StopIteration:
                    window.all_read = True
                except Exception as error:  # noqa: BLE001 - the outcomes of the items before it come first
                    window.all_read, failure = True, error
                else:
                    workers.submit(copy_context().run, partial(_work, window, index, operation, send, done))
                _take(window, done, wait=False)
            elif not window.has_next():
                _take(window, done, wait=True)
            outcome = window.next_outcome()
            if outcome is not None:
                yield outcome
    finally:
        workers.shutdown(wait=True, cancel_futures=True)
    if failure is not None:
        raise failure


def _operation(window: Window, call_of: CallOf, iterator: Iterator[Any]) -> Tuple[int, Operation]:
    # A closure, since a traceback keeps the variables of each frame, and nobody may read a memory in them.
    item = next(iterator)
    index = window.read()
    return index, lambda: call_of(index, item)


def _work(window: Window, index: int, operation: Operation, send: Send, done: SimpleQueue[_Done]) -> None:
    try:
        outcome = window.stopped(index)
        if outcome is None:
            try:
                outcome = AddOutcome(index, send(operation))
            except OctaMemError as error:
                outcome = window.failed(index, error)
    except BaseException as error:  # noqa: BLE001 - raised again in the thread that iterates
        done.put(error)
    else:
        done.put(outcome)


def _take(window: Window, done: SimpleQueue[_Done], *, wait: bool) -> None:
    """Take what the workers are done with; if `wait`, block for the first."""
    while True:
        try:
            found = done.get(block=wait)
        except Empty:
            return
        if isinstance(found, BaseException):
            raise found
        window.done(found)
        wait = False
