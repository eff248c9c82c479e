"""OctaMem: one-line methods, and the driver that sleeps and sends."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any, Callable, ClassVar, Generator, Iterable, Optional, Type, overload

from typing_extensions import Self

from ._add_many.outcome import AddOutcome, Item, OnProgress
from ._base import BaseClient
from ._call import operations
from ._call.exchange import exchange
from ._clock import SyncClock
from ._models import AddParams, AddResult, GetParams, MemoryDetails, ResultT, SearchResult

if TYPE_CHECKING:
    import httpx

    from ._call.operations import Call
    from ._http.call_context import CallContext
    from ._http.pool import Pool


class OctaMem(BaseClient["httpx.BaseTransport", "httpx.Client", SyncClock]):
    """A blocking client of OctaMem; threads may share it."""

    _is_async: ClassVar[bool] = False

    @overload
    def get(self, params: GetParams) -> SearchResult: ...

    @overload
    def get(self, *, query: str, previous_context: Optional[str] = "") -> SearchResult: ...

    def get(
        self, params: Optional[GetParams] = None, *, query: Optional[str] = None, previous_context: Optional[str] = ""
    ) -> SearchResult:
        """Return the memories that match the query; a context restricts them to those added under it.

        Pass keywords, or one dict with `query` and `previousContext`. Raises ValidationError for invalid arguments, and
        another OctaMemError if the call fails.
        """
        return self._call(lambda: operations.get(params, query, previous_context))

    @overload
    def add(self, params: AddParams, *, idempotency_key: Optional[str] = None) -> AddResult: ...

    @overload
    def add(
        self, *, content: str, previous_context: Optional[str] = "", idempotency_key: Optional[str] = None
    ) -> AddResult: ...

    def add(
        self,
        params: Optional[AddParams] = None,
        *,
        content: Optional[str] = None,
        previous_context: Optional[str] = "",
        idempotency_key: Optional[str] = None,
    ) -> AddResult:
        """Store a memory, under a context if one is given.

        Pass keywords, or one dict with `content` and `previousContext`. `idempotency_key` names this write: give the
        same one if you make the call again; without it, each call makes its own. Raises ValidationError for invalid
        arguments, and another OctaMemError if the call fails: its `outcome` says whether the memory may have been
        stored.
        """
        return self._call(lambda: operations.add(params, content, previous_context, idempotency_key))

    def add_many(
        self, items: Iterable[Item], *, concurrency: int = 8, on_progress: Optional[OnProgress] = None
    ) -> Generator[AddOutcome, None, None]:
        """Store many memories, up to `concurrency` at once, and yield the outcome of each in the order of the items.

        An item is a content, a params dict of `add`, or a pair of content and context. At most 4 times `concurrency`
        items are read ahead. A failure does not stop the others, except that nothing more is sent after a 401 or
        403. `on_progress` is called with an AddProgress for each item that is done. Closing the generator waits for the
        calls in flight. Raises ValidationError for invalid options.
        """
        from ._add_many.items import call_of, check_items, check_options
        from ._add_many.threads import add_in_threads

        check_items(items, is_async=False)
        return add_in_threads(items, call_of, self._call, check_options(concurrency, on_progress), on_progress)

    def details(self) -> MemoryDetails:
        """Return the usage and the limits of this memory; an OctaMemError if the call fails."""
        return self._call(operations.details)

    def close(self) -> None:
        """Accept no more calls, and close the connections when the calls in flight have ended.

        A call in flight ends with its current attempt, which is not retried. Closing again does nothing.
        """
        session = self._state.session()
        session.closed = True
        if self._state.owns_pool:
            pool: Any = session.pool
            pool.close()

    def __enter__(self) -> Self:
        self._state.enter()
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        if self._state.leave():
            self.close()

    def _call(self, operation: Callable[[], Call[ResultT]]) -> ResultT:
        # A closure, since a traceback keeps the variables of each frame, and nobody may read a memory in them.
        context = self._state.begin(operation)
        pool: Pool = context.pool
        pool.enter()
        try:
            with context.scope:
                http_client: Optional[httpx.Client] = context.http_client
                if http_client is None:
                    http_client = pool.client(context.endpoint.proxy)
                return _drive(context, http_client)
        finally:
            pool.leave()


def _drive(context: CallContext[ResultT], http_client: httpx.Client) -> ResultT:
    steps = exchange(context.call, context.settings, context.environment)
    try:
        attempt = next(steps)
        while True:
            if attempt.wait:
                context.clock.sleep(attempt.wait)
            outcome = context.send(http_client, attempt)
            try:
                attempt = steps.send(outcome)
            except StopIteration as end:
                result: ResultT = end.value
                return result
    finally:
        steps.close()
