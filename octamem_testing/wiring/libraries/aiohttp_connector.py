"""aiohttp: the connections that its connector gives out lead to the fake, or are refused."""

from __future__ import annotations

import asyncio
import math
from errno import ECONNREFUSED
from functools import partial
from typing import Any, Awaitable, Callable, List, Optional, Set, Tuple

from octamem_testing.patches import Patch, Target
from octamem_testing.wiring.leaving import leave, require_allowed
from octamem_testing.wiring.refusals import admit, sending
from octamem_testing.wiring.transport import FakeTransport
from octamem_testing.wiring.urls import Url, url_of

from .catching import caught
from .raw_http import Incoming, answer_async

__all__ = ["TARGETS"]

_RUNNING: Set[Any] = set()
"""The tasks that answer: the event loop itself keeps none alive."""


def _connectors(module: Any) -> List[Tuple[Any, str, Patch]]:
    def patch(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def connect(self: Any, req: Any, *arguments: Any, **options: Any) -> Any:
            if not isinstance(self, module.TCPConnector):  # a Unix socket is the author's own
                return await original(self, req, *arguments, **options)
            url = url_of(req.url.scheme, req.url.host or "", req.url.port, req.url.path)
            transport = caught(url)
            if transport is None:
                admit(url, peer=_peer(req))
                refused = partial(_refused, module, req.connection_key)
                require_allowed(url, req.method, refused)
                with sending(url, req.method):
                    connection = await original(self, req, *arguments, **options)
                leave(url, req.method, refused)
                return connection
            timeout = options.get("timeout", arguments[-1] if arguments else None)
            protocol = self._factory()
            protocol.connection_made(_FakeConnection(transport, url, protocol, timeout))
            return module.Connection(self, req.connection_key, protocol, asyncio.get_running_loop())

        return connect

    return [(module.BaseConnector, "connect", patch)]


def _refused(module: Any, key: Any, why: str) -> Exception:
    error: Exception = module.ClientConnectorError(key, ConnectionRefusedError(ECONNREFUSED, why))
    return error


def _peer(req: Any) -> Optional[Url]:
    proxy = getattr(req, "proxy", None)
    return url_of(proxy.scheme, proxy.host or "", proxy.port) if proxy else None


def _check(now: float, latest: float) -> None:
    if now > latest:
        raise TimeoutError("timed out")


class _FakeConnection(asyncio.Transport):
    """A connection whose other end is the fake."""

    def __init__(self, transport: FakeTransport, url: Url, protocol: Any, timeout: Any) -> None:
        super().__init__({"peername": ("127.0.0.1", 0)})
        self._fake = transport
        self._incoming = Incoming(url)
        self._protocol = protocol
        limits = [getattr(timeout, name, None) or math.inf for name in ("sock_read", "total")]
        self._total = limits[1]
        self._read = None if math.isinf(min(limits)) else min(limits)
        self._is_closing = False
        self._task: Optional[asyncio.Task[None]] = None

    def write(self, data: Any) -> None:
        """Receive bytes of the request; the fake has it once it has come whole."""
        request = self._incoming.receive(bytes(data), self._read)
        if request is not None:
            self._task = asyncio.get_running_loop().create_task(self._answer(request))
            _RUNNING.add(self._task)
            self._task.add_done_callback(_RUNNING.discard)

    async def _answer(self, request: Any) -> None:
        error: Optional[Exception] = None
        now = self._fake.fake.clock.now
        latest = now() + self._total
        try:
            async for piece in answer_async(self._fake, request):
                _check(now(), latest)
                if piece and not self._is_closing:
                    self._protocol.data_received(piece)
        except TimeoutError:
            error = asyncio.TimeoutError()  # another class than TimeoutError before Python 3.11
            self._protocol.set_exception(error)
        except Exception as raised:  # noqa: BLE001 - an error of the fake's own is for the test, as one of the connection
            error = raised
        if not self._is_closing:
            self._is_closing = True
            self._protocol.connection_lost(error)

    def is_closing(self) -> bool:
        """Whether the connection is closed."""
        return self._is_closing

    def close(self) -> None:
        """Close the connection; what was asked is abandoned."""
        if not self._is_closing:
            self._is_closing = True
            if self._task is not None:
                self._task.cancel()
            asyncio.get_running_loop().call_soon(self._protocol.connection_lost, None)

    def abort(self) -> None:
        """Close the connection at once."""
        self.close()

    def pause_reading(self) -> None:
        """Ignore that the reader is slow: the answer is in memory."""

    def resume_reading(self) -> None:
        """Ignore as `pause_reading` does."""

    def is_reading(self) -> bool:
        """Whether data is received, which is always so."""
        return True

    def set_write_buffer_limits(self, high: Optional[int] = None, low: Optional[int] = None) -> None:
        """Ignore the limits: nothing waits to be written."""

    def get_write_buffer_size(self) -> int:
        """Return the bytes that wait to be written, which is none."""
        return 0


TARGETS = (Target("aiohttp.connector", _connectors),)
