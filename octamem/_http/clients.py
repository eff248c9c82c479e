"""The httpx clients that our attempts go through: they keep no cookies and take no answer for a redirect.

Tools that watch a program attach to `httpx.Client.send`, so each attempt goes through it.
"""

from __future__ import annotations

from typing import Any, Union

import httpx

from .endpoint import note_answer

SyncOrAsyncStream = Union[httpx.SyncByteStream, httpx.AsyncByteStream]


class _NoCookies(httpx.Cookies):
    """A cookie jar that keeps nothing and takes no lock, which would stay locked in a forked child."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Keep nothing of the response."""


_NO_COOKIES = _NoCookies()


class _Answer(httpx.Response):
    """A response that httpx takes for no redirect: it would build the next request even of one that nobody follows."""

    def __init__(self, response: httpx.Response, source: SyncOrAsyncStream) -> None:
        super().__init__(response.status_code, headers=response.headers, stream=source, extensions=response.extensions)
        self.source = source

    @property
    def has_redirect_location(self) -> bool:
        """Return False: the answer is given to the caller as it is."""
        return False


class _Sealed(httpx.BaseTransport):
    """A transport whose responses are answers."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._inner.handle_request(request)
        note_answer(request)
        stream = getattr(response, "stream", None)
        if not isinstance(stream, httpx.SyncByteStream):
            raise TypeError(f"the transport of a sync client answered with {_what(response, 'an async')}")
        return _Answer(response, stream)

    def close(self) -> None:
        self._inner.close()


class _AsyncSealed(httpx.AsyncBaseTransport):
    """A transport whose responses are answers."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        note_answer(request)
        stream = getattr(response, "stream", None)
        if not isinstance(stream, httpx.AsyncByteStream):
            raise TypeError(f"the transport of an async client answered with {_what(response, 'a sync')}")
        return _Answer(response, stream)

    async def aclose(self) -> None:
        await self._inner.aclose()


def _what(answer: object, other: str) -> str:
    return f"{other} stream" if isinstance(answer, httpx.Response) else f"{type(answer).__name__}, not httpx.Response"


class _Client(httpx.Client):
    @property
    def cookies(self) -> httpx.Cookies:
        return _NO_COOKIES

    @cookies.setter
    def cookies(self, cookies: Any) -> None: ...


class _AsyncClient(httpx.AsyncClient):
    @property
    def cookies(self) -> httpx.Cookies:
        return _NO_COOKIES

    @cookies.setter
    def cookies(self, cookies: Any) -> None: ...


def client_on(transport: httpx.BaseTransport) -> httpx.Client:
    """Return a client that sends through the transport; closing it closes the transport."""
    return _Client(transport=_Sealed(transport), trust_env=False)


def async_client_on(transport: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
    """Return a client that sends through the transport; closing it closes the transport."""
    return _AsyncClient(transport=_AsyncSealed(transport), trust_env=False)


def source_of(response: httpx.Response) -> Any:
    """Return the stream of the transport itself, sync or async as its client is.

    httpx wraps it in async generators, and trio warns of those that are dropped half way.
    """
    return response.source if isinstance(response, _Answer) else response.stream
