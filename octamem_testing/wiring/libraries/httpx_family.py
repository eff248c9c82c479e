"""httpx and httpx2: their transports answer from the fake, and their connections are refused."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, AsyncIterator, Callable, Dict, Generator, Iterator, List, Tuple, Type

import httpx

from octamem_testing.patches import Patch, Target
from octamem_testing.wiring.leaving import leave, open_connection
from octamem_testing.wiring.refusals import EscapeError, HttpxEscapeError, admit, sending, sending_now
from octamem_testing.wiring.transport import FakeTransport
from octamem_testing.wiring.urls import Url, parsed, url_of

from .catching import caught

__all__ = ["TARGETS"]


def _transports(module: Any) -> List[Tuple[Any, str, Patch]]:
    error = _error_of(module)

    def sync(original: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        def handle_request(self: Any, request: Any) -> Any:
            url = _url(request)
            transport = caught(url, error)
            if transport is not None:
                return _answer(module, transport, request)
            with sending(url, request.method):
                return original(self, request)

        return handle_request

    def asynchronous(original: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        async def handle_async_request(self: Any, request: Any) -> Any:
            url = _url(request)
            transport = caught(url, error)
            if transport is not None:
                return await _answer_async(module, transport, request)
            with sending(url, request.method):
                return await original(self, request)

        return handle_async_request

    # On the classes, because clients keep their transports, and some were built before the test began.
    return [
        (module.HTTPTransport, "handle_request", sync),
        (module.AsyncHTTPTransport, "handle_async_request", asynchronous),
    ]


def _error_of(module: Any) -> Type[EscapeError]:
    if module is httpx:
        return HttpxEscapeError
    return type("EscapeError", (EscapeError, module.UnsupportedProtocol), {"__module__": __name__})


def _url(request: Any) -> Url:
    url = request.url
    return url_of(url.scheme, url.host, url.port, url.path)


def _answer(module: Any, transport: FakeTransport, request: Any) -> Any:
    """Answer a request with the classes and errors of the library that sent it."""
    if module is httpx:
        return transport.handle_request(request)
    with _Errors(module):
        response = transport.handle_request(_translated(request, request.read()))
        return module.Response(response.status_code, headers=response.headers.raw, stream=_stream(module, response))


async def _answer_async(module: Any, transport: FakeTransport, request: Any) -> Any:
    if module is httpx:
        return await transport.handle_async_request(request)
    with _Errors(module):
        response = await transport.handle_async_request(_translated(request, await request.aread()))
        return module.Response(response.status_code, headers=response.headers.raw, stream=_stream(module, response))


def _translated(request: Any, content: bytes) -> httpx.Request:
    extensions: Dict[str, Any] = dict(request.extensions)
    headers = request.headers.raw
    return httpx.Request(request.method, str(request.url), headers=headers, content=content, extensions=extensions)


class _Errors:
    """Raise httpx's errors as those of the same name of another library."""

    def __init__(self, module: Any) -> None:
        self._module = module

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, _kind: object, error: object, _traceback: object) -> None:
        if isinstance(error, httpx.TransportError) and not isinstance(error, EscapeError):
            kind = getattr(self._module, type(error).__name__, self._module.TransportError)
            raise kind(str(error)) from error.__cause__


def _stream(module: Any, response: httpx.Response) -> Any:
    class Stream(module.SyncByteStream, module.AsyncByteStream):  # type: ignore[misc]  # of a library that may be absent
        def __iter__(self) -> Iterator[bytes]:
            with _Errors(module):
                yield from response.stream  # type: ignore[misc]  # a fake's stream is both

        async def __aiter__(self) -> AsyncIterator[bytes]:
            with _Errors(module):
                async for piece in response.stream:  # type: ignore[union-attr]  # as above
                    yield piece

        def close(self) -> None:
            response.close()

        async def aclose(self) -> None:
            await response.aclose()

    return Stream()


def _connections(module: Any) -> List[Tuple[Any, str, Patch]]:
    """Refuse a connection before it is opened, and a request on one that was open before."""

    def sync(original: Callable[..., Any]) -> Callable[..., Any]:
        def connect_tcp(self: Any, host: str, port: int, *arguments: Any, **options: Any) -> Any:
            with _opening(module, url_of("", host, port)):
                return original(self, host, port, *arguments, **options)

        return connect_tcp

    def asynchronous(original: Callable[..., Any]) -> Callable[..., Any]:
        async def connect_tcp(self: Any, host: str, port: int, *arguments: Any, **options: Any) -> Any:
            with _opening(module, url_of("", host, port)):
                return await original(self, host, port, *arguments, **options)

        return connect_tcp

    def sync_request(original: Callable[..., Any]) -> Callable[..., Any]:
        def handle_request(self: Any, request: Any) -> Any:
            _send(module, request)
            return original(self, request)

        return handle_request

    def async_request(original: Callable[..., Any]) -> Callable[..., Any]:
        async def handle_async_request(self: Any, request: Any) -> Any:
            _send(module, request)
            return await original(self, request)

        return handle_async_request

    found: List[Tuple[Any, str, Patch]] = [(module.SyncBackend, "connect_tcp", sync)]
    found += [(getattr(module, name), "connect_tcp", asynchronous) for name in ("AnyIOBackend", "TrioBackend")]
    for name in ("HTTP11Connection", "HTTP2Connection"):
        found.append((getattr(module, name), "handle_request", sync_request))
        found.append((getattr(module, f"Async{name}"), "handle_async_request", async_request))
    return found


@contextmanager
def _opening(module: Any, url: Url) -> Generator[None, None, None]:
    """Open a connection, to which sockets lead that are asked for no other reason; raises if it is refused."""
    admit(url, _error_of_core(module))
    open_connection(url, module.ConnectError)
    with sending(*(sending_now() or (url, ""))):
        yield


def _send(module: Any, request: Any) -> None:
    """Let a request be sent on a connection; raises if it is refused."""
    url, method = _target(request), request.method.decode()
    admit(url, _error_of_core(module), peer=_peer(request))
    if method != "CONNECT":  # a tunnel, in which the request itself is sent
        leave(url, method, module.ConnectError)


def _error_of_core(module: Any) -> Type[EscapeError]:
    return HttpxEscapeError if module.__name__ == "httpcore" else EscapeError


def _peer(request: Any) -> Url:
    return url_of(request.url.scheme.decode(), request.url.host.decode(), request.url.port)


def _target(request: Any) -> Url:
    """Return the URL of a request of httpcore; a proxy is sent that of the server as the target."""
    url = request.url
    target = url.target.decode("latin-1")
    if request.method == b"CONNECT":
        return parsed(f"//{target}") or url_of("", "", 0)
    beyond = parsed(target) if "://" in target.partition("?")[0] else None
    return beyond or url_of(url.scheme.decode(), url.host.decode(), url.port, target.partition("?")[0])


TARGETS = (
    Target("httpx", _transports),
    Target("httpx2", _transports),
    Target("httpcore", _connections),
    Target("httpcore2", _connections),
)
