"""The base URL, the key and the proxy of a client's calls: everything that its requests have in common."""

from __future__ import annotations

import platform
from dataclasses import replace
from functools import lru_cache
from typing import AsyncIterator, Callable, Dict, Iterable, Iterator, Optional, Tuple

import httpx

from octamem._base_url import address_of
from octamem._call.advice import Destination
from octamem._call.operations import Call
from octamem._headers import ExtraHeaders, secrets_of
from octamem._models import ResultT
from octamem._redact.redact import redact
from octamem._redact.secret import Secret
from octamem._version import __version__

from .proxies import proxy_for

USER_AGENT = f"octamem-python/{__version__} Python/{platform.python_version()} httpx/{httpx.__version__}"
_USER_AGENT = (b"User-Agent", USER_AGENT.encode())

CLIENT = "octamem_client"
"""The request extension that holds the identity of the client, for `octamem.testing.sent_by`."""


class _Body(httpx.ByteStream):
    """A request body that a transport may stop reading half way; `taken`: somebody has begun to read it.

    httpx reads its own with an async generator, and trio warns if a failed write drops that.
    """

    def __init__(self, body: bytes) -> None:
        super().__init__(body)
        self._body = body
        self.taken = False

    def __iter__(self) -> Iterator[bytes]:
        self.taken = True
        return iter((self._body,))

    def __aiter__(self) -> AsyncIterator[bytes]:
        self.taken = True
        return _Once(self._body)


class _Once:
    """An async iterator of one value that is not a generator."""

    def __init__(self, value: bytes) -> None:
        self._values = [value]

    def __aiter__(self) -> _Once:
        return self

    async def __anext__(self) -> bytes:
        if not self._values:
            raise StopAsyncIteration
        return self._values.pop()


class Endpoint:
    """A base URL, a key and extra headers.

    `variable` is the environment variable that the base URL comes from, "" for none.
    """

    def __init__(self, base_url: str, key: Secret, variable: str = "", extra: ExtraHeaders = ()) -> None:
        self.base_url = base_url
        self.key = key
        self._secrets = secrets_of(extra)
        self._destination = Destination(redact(address_of(base_url), key, ()), variable)
        self._proxy: Tuple[Optional[str], ...] = ()
        netloc = _url(base_url, "").netloc
        # In a closure, like the key itself: see Secret.
        self._headers: Callable[[], Tuple[Tuple[bytes, bytes], ...]] = _hidden(
            (b"Host", netloc),
            (b"Authorization", b"Bearer " + key.reveal().encode()),
            (b"Content-Type", b"application/json"),
            (b"Accept", b"application/json"),
            # No compression either: the size of an inflated body is only known when it is in memory.
            (b"Accept-Encoding", b"identity"),
            *([] if any(name.lower() == "user-agent" for name, _value in extra) else [_USER_AGENT]),
            *((name.encode(), value.reveal().encode()) for name, value in extra),
        )

    def redact(self, message: str, texts: Iterable[str]) -> str:
        """Return the message without the key, the extra headers' values and the texts of a call."""
        return redact(message, self.key, texts, self._secrets)

    @property
    def proxy(self) -> Optional[str]:
        """The proxy that the environment named for the base URL when it was first asked for."""
        if not self._proxy:
            self._proxy = (proxy_for(self.base_url),)
        return self._proxy[0]

    def destination(self, *, proxied: bool) -> Destination:
        """Return what an error says of the service's address; `proxied`: calls use the environment's proxy."""
        proxy = self.proxy if proxied else None
        return replace(self._destination, proxy=f"the proxy {address_of(proxy)}") if proxy else self._destination

    def request(
        self,
        call: Call[ResultT],
        idempotency_key: bytes,
        timeout: Dict[str, Optional[float]],
        number: int = 1,
        client: Optional[object] = None,
    ) -> httpx.Request:
        """Return the request of one attempt; the idempotency key is the same for all attempts of a call.

        `number` counts the attempts from 1, so that a server can tell our retries from a proxy's repeats. `client` is
        the identity of the client, which transports find in the request's extensions.
        """
        return httpx.Request(
            "POST",
            _url(self.base_url, call.path),
            headers=[
                *self._headers(),
                (b"Idempotency-Key", idempotency_key),
                (b"X-OctaMem-Attempt", b"%d" % number),
                (b"Content-Length", b"%d" % len(call.body)),
            ],
            # A stream, because httpx adds no headers of its own to one.
            stream=_Body(call.body),
            extensions={"timeout": timeout, CLIENT: client},
        )


def note_answer(request: httpx.Request) -> None:
    """Note that a transport answered: whatever it read, it may have carried the request out."""
    if isinstance(request.stream, _Body):
        request.stream.taken = True


def was_taken(request: httpx.Request) -> bool:
    """Return whether the body of a request was read: without it, the service cannot have carried the request out."""
    return not isinstance(request.stream, _Body) or request.stream.taken


@lru_cache(maxsize=64)
def _url(base: str, path: str) -> httpx.URL:
    """Return a URL, parsed once for all clients: each test has a client of its own, and parsing takes long."""
    return httpx.URL(base + path)


def _hidden(*headers: Tuple[bytes, bytes]) -> Callable[[], Tuple[Tuple[bytes, bytes], ...]]:
    return lambda: headers
