"""Sends a request and reads the response, within the bounds of one attempt."""

from __future__ import annotations

import contextlib
import sys
import zlib
from dataclasses import dataclass
from typing import AsyncIterator, Callable, List, Optional

import httpx

from octamem._call.classification import Answer, SendOutcome

from .clients import source_of
from .deadline import waiting_until
from .endpoint import was_taken
from .failures import Late, failure_of

_DIGITS = 18
"""A length with more digits is above an exabyte, and too long to be parsed for a comparison."""

_STOPPING = 1.0
_LEFT_OVER = 70_000
"""The seconds, and the chunks, that a closed stream may take to end. A stream of httpx takes no time, and yields the
rest of its buffer of 64 KiB; a user's own stream might never end."""


@dataclass(frozen=True)
class Bounds:
    """The limits of one attempt: bytes of body, and, unless it is None, the clock's time."""

    max_bytes: int
    deadline: Optional[float]
    now: Callable[[], float]


def send(client: httpx.Client, request: httpx.Request, bounds: Bounds) -> SendOutcome:
    """Send a request and return its outcome, whatever the client, its hooks or its transport raise."""
    handled = sys.exc_info()[1]
    try:
        if bounds.deadline is None:
            return _receive(client, request, bounds)
        with waiting_until(bounds.deadline - bounds.now()):
            return _receive(client, request, bounds)
    except Exception as error:  # noqa: BLE001 - a user's own transport may raise anything
        return failure_of(error, handled, taken=was_taken(request))


async def send_async(client: httpx.AsyncClient, request: httpx.Request, bounds: Bounds) -> SendOutcome:
    """Send a request and return its outcome, as `send` does; a cancellation passes through."""
    handled = sys.exc_info()[1]
    try:
        if bounds.deadline is None:
            return await _receive_async(client, request, bounds)
        import anyio

        with anyio.move_on_after(bounds.deadline - bounds.now()):
            return await _receive_async(client, request, bounds)
    except Exception as error:  # noqa: BLE001 - as above
        return failure_of(error, handled, taken=was_taken(request))
    return failure_of(Late())


def _receive(client: httpx.Client, request: httpx.Request, bounds: Bounds) -> SendOutcome:
    try:
        response = client.send(request, auth=None, follow_redirects=False, stream=True)
    except httpx.HTTPStatusError as error:
        response = _refused_by_hook(error, request)
    try:
        reader = Reader(response, bounds)
        if not reader.is_done:
            for chunk in source_of(response):
                if not reader.take(chunk):
                    break
        return reader.answer()
    finally:
        response.close()


async def _receive_async(client: httpx.AsyncClient, request: httpx.Request, bounds: Bounds) -> SendOutcome:
    try:
        response = await client.send(request, auth=None, follow_redirects=False, stream=True)
    except httpx.HTTPStatusError as error:
        response = _refused_by_hook(error, request)
    try:
        reader = Reader(response, bounds)
        if not reader.is_done:
            chunks = source_of(response).__aiter__()
            async for chunk in chunks:
                if not reader.take(chunk):
                    await _stop(response, chunks)
                    break
        return reader.answer()
    finally:
        await response.aclose()


def _refused_by_hook(error: httpx.HTTPStatusError, request: httpx.Request) -> httpx.Response:
    """Return the response to the request that a hook refused by its status; raise the error if it is another's."""
    response = error.response
    if isinstance(response, httpx.Response) and not response.is_success and error.request is request:
        return response
    raise error


async def _stop(response: httpx.Response, chunks: AsyncIterator[bytes]) -> None:
    # httpx and httpcore read with nested async generators, and trio warns of those that are dropped half way. The inner
    # ones cannot be closed from here, but they end by themselves at the end of a closed stream.
    import anyio

    await response.aclose()
    with anyio.move_on_after(_STOPPING), contextlib.suppress(Exception, StopAsyncIteration):
        for _ in range(_LEFT_OVER):
            await chunks.__anext__()


class Reader:
    """Collects the body of a response within the bounds."""

    def __init__(self, response: httpx.Response, bounds: Bounds) -> None:
        self.status = response.status_code
        self.headers = {name.lower().decode("latin-1"): value.decode("latin-1") for name, value in response.headers.raw}
        self._bounds = bounds
        self._size = 0
        self._late = False
        self._chunks: List[bytes] = []
        self._inflate: Optional[Callable[[bytes, int], bytes]] = None
        announced = self.headers.get("content-length", "")
        self.cut = announced.isdecimal() and (len(announced) > _DIGITS or int(announced) > bounds.max_bytes)
        self.is_done = self.cut or response.is_closed or response.is_stream_consumed
        if not self.is_done:
            coding = self.headers.get("content-encoding")
            self._inflate = _inflater(coding) if coding else None
        elif not self.cut:
            self.take(_read(response))

    def take(self, chunk: bytes) -> bool:
        """Keep the chunk, and return whether there is room and time for more."""
        bounds = self._bounds
        self._late = bounds.deadline is not None and bounds.now() >= bounds.deadline
        if self._inflate is not None:
            chunk = self._inflate(chunk, bounds.max_bytes - self._size + 1)
        self._size += len(chunk)
        self.cut = self._size > bounds.max_bytes
        if not self.cut:
            self._chunks.append(chunk)
        return not (self.cut or self._late)

    def answer(self) -> Answer:
        """Return the answer; raise Late if the deadline passed before the end of the body."""
        if self._late:
            raise Late
        return Answer(self.status, self.headers, b"" if self.cut else b"".join(self._chunks), self.cut)


def _read(response: httpx.Response) -> bytes:
    """Return the body that a hook has read and httpx has inflated; a refusal counts without its body."""
    try:
        return response.content
    except httpx.ResponseNotRead:
        if response.is_success:
            raise
        return b""


def _inflater(coding: str) -> Optional[Callable[[bytes, int], bytes]]:
    if coding.strip().lower() not in ("gzip", "x-gzip", "deflate"):
        return None
    # 32 makes zlib accept both gzip and zlib headers.
    machine = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)

    def inflate(chunk: bytes, most: int) -> bytes:
        try:
            return machine.decompress(chunk, most)
        except zlib.error:
            # The rest is not JSON, and is classified as such: the status still counts.
            return b""

    return inflate
