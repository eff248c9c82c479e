"""AsyncOctaMem: one-line methods, and the driver that sleeps and sends for them."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Dict, Optional, Type, overload

from typing_extensions import Self

from ._base import BaseClient
from ._models import AddParams, AddResult, GetParams, MemoryDetails, SearchResult

if TYPE_CHECKING:
    import httpx

    from ._call.operations import Call, ResultT
    from ._clock import AsyncClock
    from ._core import AsyncCore, Flight
    from ._http.async_pool import AsyncPool


class AsyncOctaMem(BaseClient["httpx.AsyncBaseTransport", "AsyncClock", "AsyncCore"]):
    """A client of OctaMem for asyncio and trio; tasks may share it, and so may event loops."""

    @overload
    async def get(self, params: GetParams) -> SearchResult: ...

    @overload
    async def get(self, *, query: str, previous_context: str = "") -> SearchResult: ...

    async def get(
        self, params: Optional[GetParams] = None, *, query: Optional[str] = None, previous_context: str = ""
    ) -> SearchResult:
        """Return the memories that answer the query; a context restricts them to those added under it.

        Pass the keywords, or one dict with `query` and `previousContext`. Raises ValidationError for arguments that
        make no sense, and another OctaMemError where the call fails.
        """
        return await self._call(self._core.get(params, query, previous_context))

    @overload
    async def add(self, params: AddParams) -> AddResult: ...

    @overload
    async def add(self, *, content: str, previous_context: str = "") -> AddResult: ...

    async def add(
        self, params: Optional[AddParams] = None, *, content: Optional[str] = None, previous_context: str = ""
    ) -> AddResult:
        """Store a memory, under a context if one is given.

        Pass the keywords, or one dict with `content` and `previousContext`. Raises ValidationError for arguments
        that make no sense, and another OctaMemError where the call fails: its `outcome` says whether the memory may
        have been stored all the same.
        """
        return await self._call(self._core.add(params, content, previous_context))

    async def details(self) -> MemoryDetails:
        """Return what this memory uses and may use; an OctaMemError where the call fails."""
        return await self._call(self._core.details())

    async def close(self) -> None:
        """Take no more calls, and close the connections once the calls in flight have ended; again is a no-op.

        A call in flight ends with what its attempt under way comes to: it is not repeated.
        """
        state = self._core.state()
        state.closed = True
        if self._core.owns_pool:
            await state.pool.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        await self.close()

    def _new_core(
        self, options: Dict[str, object], transport: Optional[httpx.AsyncBaseTransport], clock: Optional[AsyncClock]
    ) -> AsyncCore:
        from ._core import async_core

        return async_core(options, transport, clock)

    async def _call(self, call: Call[ResultT]) -> ResultT:
        flight = self._core.begin(call)
        pool = flight.pool
        run = pool.enter()
        try:
            with flight.during():
                transport = flight.transport
                if transport is None:
                    transport = await run.transport(flight.endpoint.proxy)
                return await self._drive(flight, transport)
        finally:
            await pool.leave(run)

    async def _drive(
        self, flight: Flight[ResultT, AsyncPool, AsyncClock], transport: httpx.AsyncBaseTransport
    ) -> ResultT:
        steps = flight.steps()
        try:
            attempt = next(steps)
            while True:
                if attempt.wait:
                    await flight.clock.sleep_async(attempt.wait)
                sent = await flight.send_async(transport, attempt)
                try:
                    attempt = steps.send(sent)
                except StopIteration as end:
                    answer: ResultT = end.value
                    return answer
        finally:
            steps.close()
