"""What a program of the corpus may do, so that the same program runs in a blocking and in an async way.

A program is a coroutine over a World. With an async client it is awaited on the event loop. With a sync one each of
its steps blocks, so that it never suspends, and one push runs it to its end.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, Callable, Coroutine, Dict, Mapping, Optional, Type, Union

import httpx

from octamem import (
    AddResult,
    APIConnectionError,
    APIError,
    AsyncOctaMem,
    AuthenticationError,
    InternalServerError,
    MemoryDetails,
    MethodNotSupportedError,
    NotFoundError,
    OctaMem,
    OctaMemError,
    RateLimitError,
    SearchResult,
    ValidationError,
)

HOST = "https://platform.octamem.com"
REFUSALS: Dict[int, Type[OctaMemError]] = {
    400: ValidationError,
    401: AuthenticationError,
    403: MethodNotSupportedError,
    404: NotFoundError,
    429: RateLimitError,
}

Client = Union[OctaMem, AsyncOctaMem]


class World:
    """The calls, the waits and the time of one program; `client` is None for programs without the SDK."""

    def __init__(self, client: Optional[Client] = None, *, blocks: bool) -> None:
        self.client: Any = client
        self.blocks = blocks

    def using(self, **options: Any) -> World:
        """Return the same world with other options of the client."""
        return World(self.client.with_options(**options), blocks=self.blocks)

    async def add(self, content: str, context: str = "") -> AddResult:
        return await settled(self.client.add(content=content, previous_context=context))

    async def get(self, query: str, context: str = "") -> SearchResult:
        return await settled(self.client.get(query=query, previous_context=context))

    async def details(self) -> MemoryDetails:
        return await settled(self.client.details())

    async def close(self) -> None:
        await settled(self.client.close())

    async def post(
        self, endpoint: str, body: Any, headers: Optional[Mapping[str, str]] = None, *, timeout: float = 30.0
    ) -> httpx.Response:
        """Send a request without the SDK; bytes go as they are. Raises APIConnectionError if no answer comes."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"authorization": bearer(), "content-type": "application/json", **(headers or {})}
        http = sync_http() if self.blocks else async_http()
        try:
            url = f"{HOST}/api/memory/{endpoint}"
            return await settled(http.post(url, content=content, headers=sent, timeout=timeout))
        except httpx.TransportError as error:
            raise APIConnectionError(f"no answer: {type(error).__name__}", outcome="unknown") from error

    async def sleep(self, seconds: float) -> None:
        if self.blocks:
            time.sleep(seconds)  # noqa: ASYNC251 - this world blocks, which is its point
        else:
            await asyncio.sleep(seconds)

    async def together(self, *programs: Program) -> None:
        """Run programs at the same time: in threads, or in tasks."""
        if not self.blocks:
            await asyncio.gather(*(program(self) for program in programs))
            return
        with ThreadPoolExecutor(len(programs)) as pool:
            for running in [pool.submit(run_blocking, program, self) for program in programs]:
                running.result()

    def lock(self) -> Any:
        """Return a lock for `async with`, which threads or tasks wait for."""
        return _ThreadLock() if self.blocks else asyncio.Lock()

    def now(self) -> float:
        """Return the seconds since the epoch."""
        return time.time()


class _ThreadLock:
    """A lock of threads that is taken as one of tasks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    async def __aenter__(self) -> None:
        self._lock.acquire()

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()


Program = Callable[[World], Coroutine[Any, Any, Any]]


async def settled(value: Any) -> Any:
    """Await an awaitable, and return any other value as it is."""
    return await value if inspect.isawaitable(value) else value


def run_blocking(program: Program, world: World) -> Any:
    """Run a program of which every step blocks."""
    steps = program(world)
    try:
        steps.send(None)
    except StopIteration as end:
        return end.value
    finally:
        steps.close()
    raise RuntimeError(f"{program.__module__} waited for something in a world that blocks")


def bearer(key: str = "") -> str:
    """Return the header for a key, or for the key of the environment."""
    return f"Bearer {key or os.environ['OCTAMEM_API_KEY']}"


def fields(response: httpx.Response, retry_after: Optional[float] = None) -> Mapping[str, Any]:
    """Return the fields of an answer; raises the SDK's error unless it is a success in the documented form.

    `retry_after` goes into the error; None stands for the Retry-After of the answer.
    """
    status = response.status_code
    if not response.is_success:
        raise _error_class(status)(
            f"status {status}",
            status_code=status,
            retry_after=asked_wait(response) if retry_after is None else retry_after,
            outcome="refused" if 400 <= status <= 499 else "unknown",
        )
    try:
        told = response.json()
    except ValueError as error:
        raise APIError("the answer is not JSON", outcome="unknown") from error
    if not isinstance(told, dict):
        raise APIError("the answer is no object", outcome="unknown")
    return told


def _error_class(status: int) -> Type[OctaMemError]:
    return InternalServerError if status >= 500 else REFUSALS.get(status, APIError)


def asked_wait(response: httpx.Response) -> float:
    """Return the seconds that an answer asks to wait, as a number or as a date; 0 if it has no readable Retry-After."""
    text = response.headers.get("retry-after", "")
    try:
        return float(text) if text.isdigit() else parsedate_to_datetime(text).timestamp() - time.time()
    except (TypeError, ValueError):
        return 0.0


# One of each for the process, since building one loads certificates; the fake is met on the way to the network.
@lru_cache(1)
def sync_http() -> httpx.Client:
    return httpx.Client()


@lru_cache(1)
def async_http() -> httpx.AsyncClient:
    return httpx.AsyncClient()
