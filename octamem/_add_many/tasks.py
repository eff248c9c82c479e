"""Add many memories from tasks, under asyncio and trio: one task reads, one a call sends, the caller's own yields."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from contextvars import copy_context
from typing import Any, AsyncGenerator, Awaitable, Callable, Coroutine, Deque, Optional, Set, Tuple, Type

import anyio

from octamem._errors import OctaMemError
from octamem._models import AddResult

from .outcome import AddOutcome, OnProgress
from .threads import CallOf, Operation
from .window import Window

SendAsync = Callable[[Operation], Awaitable[AddResult]]

_TASKS: Set[asyncio.Task[None]] = set()
"""The tasks under way, which an event loop of asyncio may otherwise drop."""


async def add_in_tasks(
    items: Any, call_of: CallOf, send: SendAsync, concurrency: int, on_progress: Optional[OnProgress]
) -> AsyncGenerator[AddOutcome, None]:
    """Yield the outcome of each item, in their order; whatever the iterable raises follows after the last."""
    cancelled = anyio.get_cancelled_exc_class()
    window = Window(concurrency, on_progress)
    run = _Run(window, call_of, send, concurrency)
    run.spawn(lambda: run.read(items))
    try:
        while not window.is_over():
            outcome = window.next_outcome()
            if outcome is not None:
                run.changed()
                yield outcome
            elif run.crash is not None:
                raise run.crash
            else:
                await run.change()
    except cancelled:
        run.cancel()
        raise
    finally:
        await run.end(cancelled)
    if run.failure is not None:
        raise run.failure


class _Run:
    """The tasks of one `add_many`. They are no children of the caller's, since a generator must not yield in a scope.

    A closure holds each item: a traceback keeps the variables of each frame, and nobody may read a memory in them.
    """

    def __init__(self, window: Window, call_of: CallOf, send: SendAsync, concurrency: int) -> None:
        self.failure: Optional[BaseException] = None
        self.crash: Optional[BaseException] = None
        self._window = window
        self._call_of = call_of
        self._send = send
        self._concurrency = concurrency
        self._waiting: Deque[Tuple[int, Operation]] = deque()
        self._reading = anyio.CancelScope()
        self._sending: Set[anyio.CancelScope] = set()
        self._tasks = self._calls = 0
        self._event = anyio.Event()

    async def change(self) -> None:
        """Return when something has changed."""
        await self._event.wait()

    def changed(self) -> None:
        """Wake every task that waits for a change."""
        self._event.set()
        self._event = anyio.Event()

    def spawn(self, function: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Begin a task, and count it until it has ended."""

        def ended() -> None:
            self._tasks -= 1
            self.changed()

        self._tasks += 1
        _spawn(function, ended)

    async def read(self, items: Any) -> None:
        """Read the items as far as the window allows, and begin their calls."""
        with self._reading:
            try:
                advance = _advance(items)
                while True:
                    while not self._window.may_read():
                        await self.change()
                    self._waiting.append(await self._operation(advance))
                    self._begin_calls()
            except StopAsyncIteration:
                pass
            except BaseException as error:  # the outcomes of the items before it come first
                self.failure = error
                if _must_pass(error, self._reading):
                    raise
            finally:
                self._window.all_read = True

    async def _operation(self, advance: Callable[[], Awaitable[Any]]) -> Tuple[int, Operation]:
        item = await advance()
        index, call_of = self._window.read(), self._call_of
        return index, lambda: call_of(index, item)

    def _begin_calls(self) -> None:
        while self._waiting and self._calls < self._concurrency:
            self._calls += 1
            index, operation = self._waiting.popleft()
            self.spawn(lambda index=index, operation=operation: self._work(index, operation))  # type: ignore[misc]

    async def _work(self, index: int, operation: Operation) -> None:
        with anyio.CancelScope() as scope:
            self._sending.add(scope)
            try:
                self._window.done(self._window.stopped(index) or await self._outcome(index, operation))
            except BaseException as error:  # raised again in the task that iterates
                if not scope.cancel_called:
                    self.crash = error
                if _must_pass(error, scope):
                    raise
            finally:
                self._sending.discard(scope)
                self._calls -= 1
                self._begin_calls()

    async def _outcome(self, index: int, operation: Operation) -> AddOutcome:
        try:
            return AddOutcome(index, await self._send(operation))
        except OctaMemError as error:
            return self._window.failed(index, error)

    def cancel(self) -> None:
        """Cancel every call under way."""
        self._waiting.clear()
        for scope in list(self._sending):
            scope.cancel()

    async def end(self, cancelled: Type[BaseException]) -> None:
        """Begin nothing more, and return when the calls under way have ended; a cancellation cancels them."""
        self._waiting.clear()
        self._reading.cancel()
        try:
            while self._tasks:
                await self.change()
        except cancelled:
            self.cancel()
            with anyio.CancelScope(shield=True):
                while self._tasks:
                    await self.change()
            raise


def _must_pass(error: BaseException, scope: anyio.CancelScope) -> bool:
    """Return whether an error has to leave its task; the task that iterates is told of it all the same.

    An iterable or a transport may raise the cancellation of something of its own, which nobody else would notice.
    """
    return scope.cancel_called or isinstance(error, (anyio.get_cancelled_exc_class(), KeyboardInterrupt))


def _spawn(function: Callable[[], Coroutine[Any, Any, None]], ended: Callable[[], None]) -> None:
    """Begin a task that is nobody's child; `ended` is called when it has ended, even if it never ran."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        # The one other library that anyio knows; it runs here, so it is loaded. anyio itself has no such task.
        trio: Any = sys.modules["trio"]
        trio.lowlevel.spawn_system_task(_to_the_end, function, ended, context=copy_context())
        return
    task = loop.create_task(function())
    _TASKS.add(task)
    task.add_done_callback(_TASKS.discard)
    task.add_done_callback(lambda _task: ended())


async def _to_the_end(function: Callable[[], Coroutine[Any, Any, None]], ended: Callable[[], None]) -> None:
    try:
        await function()
    finally:
        ended()


def _advance(items: Any) -> Callable[[], Awaitable[Any]]:
    """Return what reads the next item, and raises StopAsyncIteration after the last."""
    if hasattr(items, "__aiter__"):
        each: Callable[[], Awaitable[Any]] = items.__aiter__().__anext__
        return each
    iterator = iter(items)

    async def advance() -> Any:
        for item in iterator:
            return item
        raise StopAsyncIteration

    return advance
