"""OctaMem: one-line methods, and the driver that sleeps and sends for them."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Dict, Optional, Type, overload

from typing_extensions import Self

from ._base import BaseClient
from ._models import AddParams, AddResult, GetParams, MemoryDetails, SearchResult

if TYPE_CHECKING:
    import httpx

    from ._call.operations import Call, ResultT
    from ._clock import SyncClock
    from ._core import Flight, SyncCore
    from ._http.pool import Pool


class OctaMem(BaseClient["httpx.BaseTransport", "SyncClock", "SyncCore"]):
    """A client of OctaMem that blocks; its threads may share it."""

    @overload
    def get(self, params: GetParams) -> SearchResult: ...

    @overload
    def get(self, *, query: str, previous_context: str = "") -> SearchResult: ...

    def get(
        self, params: Optional[GetParams] = None, *, query: Optional[str] = None, previous_context: str = ""
    ) -> SearchResult:
        """Return the memories that answer the query; a context restricts them to those added under it.

        Pass the keywords, or one dict with `query` and `previousContext`. Raises ValidationError for arguments that
        make no sense, and another OctaMemError where the call fails.
        """
        return self._call(self._core.get(params, query, previous_context))

    @overload
    def add(self, params: AddParams) -> AddResult: ...

    @overload
    def add(self, *, content: str, previous_context: str = "") -> AddResult: ...

    def add(
        self, params: Optional[AddParams] = None, *, content: Optional[str] = None, previous_context: str = ""
    ) -> AddResult:
        """Store a memory, under a context if one is given.

        Pass the keywords, or one dict with `content` and `previousContext`. Raises ValidationError for arguments
        that make no sense, and another OctaMemError where the call fails: its `outcome` says whether the memory may
        have been stored all the same.
        """
        return self._call(self._core.add(params, content, previous_context))

    def details(self) -> MemoryDetails:
        """Return what this memory uses and may use; an OctaMemError where the call fails."""
        return self._call(self._core.details())

    def close(self) -> None:
        """Take no more calls, and close the connections once the calls in flight have ended; again is a no-op.

        A call in flight ends with what its attempt under way comes to: it is not repeated.
        """
        state = self._core.state()
        state.closed = True
        if self._core.owns_pool:
            state.pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def _new_core(
        self, options: Dict[str, object], transport: Optional[httpx.BaseTransport], clock: Optional[SyncClock]
    ) -> SyncCore:
        from ._core import sync_core

        return sync_core(options, transport, clock)

    def _call(self, call: Call[ResultT]) -> ResultT:
        flight = self._core.begin(call)
        pool = flight.pool
        pool.enter()
        try:
            with flight.during():
                transport = flight.transport
                if transport is None:
                    transport = pool.transport(flight.endpoint.proxy)
                return self._drive(flight, transport)
        finally:
            pool.leave()

    def _drive(self, flight: Flight[ResultT, Pool, SyncClock], transport: httpx.BaseTransport) -> ResultT:
        steps = flight.steps()
        try:
            attempt = next(steps)
            while True:
                if attempt.wait:
                    flight.clock.sleep(attempt.wait)
                sent = flight.send(transport, attempt)
                try:
                    attempt = steps.send(sent)
                except StopIteration as end:
                    answer: ResultT = end.value
                    return answer
        finally:
            steps.close()
