"""The fake on a real port: uvicorn, with the connection handed to the app so that a drop is real."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import partial
from types import FrameType
from typing import Any, Callable, Dict, Generator, Iterable, List, Optional, Tuple
from urllib.parse import unquote

import h11
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from .app import TRANSPORT, half_close
from .authority import host_name, is_loopback_address, is_unspecified, url_from_here
from .core.settings import is_key, not_a_key
from .doors import TARGET, Guard, Rules, new_token, read_cors

__all__ = ["RemoteAddressError", "Running", "listen", "serve", "serve_in_thread"]

GRACE = 0.7  # seconds that a request under way may take to finish once the server is asked to end
START_TIMEOUT = 30.0  # seconds; a loaded machine has been seen to take several
TICK = 0.1  # seconds between looks at whether the server is asked to end
_ABSOLUTE = re.compile(rb"https?://([^/]*)", re.IGNORECASE)


class _Protocol(H11Protocol):
    """uvicorn's HTTP protocol, which hands the app its transport, and lets a client read its answer.

    An answer may go out before the whole body has come, for example if that is too large. uvicorn then reads the rest
    off a connection that it keeps, but closes another at once, which sends a RST that overtakes the answer.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn narrows it
        super().connection_made(transport)
        # asyncio does so itself only if the listening socket names its protocol; without it, each answer on a
        # connection kept alive waits 40 ms for the client's acknowledgement of the one before.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        inner: ASGIApp = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})[TRANSPORT] = transport
            _to_origin_form(scope)

            async def answer(message: Message) -> None:
                ends = message["type"] == "http.response.body" and not message.get("more_body", False)
                if ends and self.conn.their_state is h11.SEND_BODY and _is_last(scope):
                    await send({**message, "more_body": True})
                    await half_close(transport, receive)
                else:
                    await send(message)

            await inner(scope, receive, answer)

        self.app = app


def _to_origin_form(scope: Scope) -> None:
    """Take the authority off a target in absolute form, which proxies send and every server must take (RFC 9112).

    It goes to the guard, since it counts as the Host header does.
    """
    absolute = _ABSOLUTE.match(scope["raw_path"])
    if absolute is not None:
        scope["extensions"][TARGET] = absolute[1].decode("ascii")
        scope["raw_path"] = scope["raw_path"][absolute.end() :] or b"/"
        scope["path"] = unquote(scope["raw_path"].decode("ascii"))


def _is_last(scope: Scope) -> bool:
    """Return whether a request is the last of its connection."""
    listed = b",".join(value for name, value in scope["headers"] if name == b"connection").lower()
    return scope["http_version"] == "1.0" or b"close" in [each.strip() for each in listed.split(b",")]


def _machine_clock(name: str, otherwise: Callable[[], float]) -> Callable[[], float]:
    """Return a clock of the machine that goes on if a test freezes the functions of `time`."""
    return partial(time.clock_gettime, getattr(time, name)) if hasattr(time, name) else otherwise


class _Machine:
    """The machine's clocks; in a class, because tools that freeze time replace what modules hold."""

    monotonic = staticmethod(_machine_clock("CLOCK_MONOTONIC", time.monotonic))
    time = staticmethod(_machine_clock("CLOCK_REALTIME", time.time))


class _Server(uvicorn.Server):
    """A uvicorn server that says when it is ready, and ends on a signal as a success rather than by that signal."""

    def __init__(self, app: ASGIApp, ready: Callable[[], None], *, signals: bool) -> None:
        config = uvicorn.Config(
            app,
            http=_Protocol,
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )
        super().__init__(config)
        self._ready = ready
        self._signals = signals

    async def startup(self, sockets: Optional[List[socket.socket]] = None) -> None:
        asyncio.get_running_loop().time = _Machine.monotonic  # type: ignore[method-assign]  # a test may freeze time
        await super().startup(sockets=sockets)
        self._ready()

    async def main_loop(self) -> None:
        """Run until the server is asked to end, without `asyncio.sleep`, which a test may replace."""
        loop = asyncio.get_running_loop()
        while not self.should_exit:
            self.server_state.default_headers = [(b"date", formatdate(_Machine.time(), usegmt=True).encode())]
            pause = loop.create_future()
            loop.call_later(TICK, pause.set_result, None)
            await pause

    async def shutdown(self, sockets: Optional[List[socket.socket]] = None) -> None:
        """End within GRACE: uvicorn alone would wait for requests that hang, then answer them with a 500."""
        asyncio.get_running_loop().call_later(GRACE, self._abort)
        await super().shutdown(sockets=sockets)

    def _abort(self) -> None:
        for connection in list(self.server_state.connections):
            if isinstance(connection, H11Protocol) and not connection.transport.is_closing():
                connection.transport.abort()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """End on SIGINT and SIGTERM, which uvicorn would raise again afterwards."""
        if not self._signals:
            yield
            return
        former: Dict[signal.Signals, Any] = {}

        def stop(_number: int, _frame: Optional[FrameType]) -> None:
            self.should_exit = True

        for number in (signal.SIGINT, signal.SIGTERM):
            former[number] = signal.signal(number, stop)
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)


@dataclass(frozen=True)
class Running:
    """A server that accepts requests at `url`; its control API asks for `control_token`, if there is one."""

    host: str
    port: int
    control_token: Optional[str] = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """The base URL from this machine, without a slash at the end."""
        return url_from_here(self.host, self.port)


class RemoteAddressError(ValueError):
    """An address that other machines can reach was given without `allow_remote`."""


def listen(host: str, port: int, *, allow_remote: bool = False) -> socket.socket:
    """Open the port, 0 for a free one; raises OSError if that fails. `::` opens it for IPv4 too.

    An address other than loopback raises RemoteAddressError, unless `allow_remote` is true.
    """
    found = socket.getaddrinfo(host or None, port, socket.AF_UNSPEC, socket.SOCK_STREAM, 0, socket.AI_PASSIVE)
    # The address and not the name is judged, and then opened: the name could be resolved to another one by then. A name
    # that has addresses of both families means the one that every client tries.
    family, _, _, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    if not (allow_remote or is_loopback_address(str(address[0]))):
        raise RemoteAddressError(f"expected a loopback address or localhost, got {host!r}: other machines can reach it")
    both = family == socket.AF_INET6 and _takes_ipv4(str(address[0])) and socket.has_dualstack_ipv6()
    return socket.create_server(address, family=family, backlog=2048, dualstack_ipv6=both)


def _takes_ipv4(address: str) -> bool:
    """Return whether an IPv6 address stands for IPv4 too: `::` for all of both families, a mapped one for itself."""
    return is_unspecified(address) or address.startswith("::ffff:")


def _guarded(
    app: ASGIApp,
    listening: socket.socket,
    allowed_hosts: Iterable[str],
    control_token: Optional[str],
    cors: Iterable[str],
) -> Tuple[Guard, Running]:
    """Put the guard for an open port in front of an app; raises ValueError for a name, token or origin that is none.

    A server that other machines can reach has a control token: a new one if none is given.
    """
    names = {each: host_name(each) for each in allowed_hosts}
    for given, name in names.items():
        if name is None:
            raise ValueError(f"allowed host: expected a host name or an address without scheme and port, got {given!r}")
    if control_token is not None and not is_key(control_token):
        raise ValueError(not_a_key("control_token", control_token))
    bound, port = listening.getsockname()[:2]
    token = control_token if control_token or is_loopback_address(bound) else new_token()
    rules = Rules(bound, frozenset(name for name in names.values() if name is not None), token, read_cors(cors))
    return Guard(app, rules), Running(bound, port, token)


def serve(
    app: ASGIApp,
    listening: socket.socket,
    ready: Callable[[Running], None],
    *,
    allowed_hosts: Iterable[str] = (),
    control_token: Optional[str] = None,
    cors: Iterable[str] = (),
) -> None:
    """Serve until SIGINT or SIGTERM; `ready` is called once requests are accepted.

    Requests of web pages of another origin are refused, as docs/control.md says; `allowed_hosts` are names that a
    `Host` header may have beside `localhost` and the loopback addresses. The control API asks for `control_token`;
    without one, it asks for none on a loopback address, and for a new one elsewhere. Pages of the origins in `cors` may
    call the service.
    """
    with listening:
        guarded, running = _guarded(app, listening, allowed_hosts, control_token, cors)
        _Server(guarded, lambda: ready(running), signals=True).run(sockets=[listening])


@contextmanager
def serve_in_thread(
    app: ASGIApp,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    allow_remote: bool = False,
    allowed_hosts: Iterable[str] = (),
    control_token: Optional[str] = None,
    cors: Iterable[str] = (),
    listening: Optional[socket.socket] = None,
) -> Generator[Running, None, None]:
    """Serve in a thread for the length of the block; raises RuntimeError if the server does not start.

    `allow_remote` is that of `listen`, `allowed_hosts`, `control_token` and `cors` are those of `serve`. A port that
    is open already is `listening`.
    """
    started = threading.Event()
    with listening or listen(host, port, allow_remote=allow_remote) as opened:
        guarded, running = _guarded(app, opened, allowed_hosts, control_token, cors)
        server = _Server(guarded, started.set, signals=False)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]}, name="octamem-fake", daemon=True)
        thread.start()
        if not started.wait(START_TIMEOUT):
            raise RuntimeError(f"the fake server did not start within {START_TIMEOUT:g} s")
        try:
            yield running
        finally:
            server.should_exit = True
            thread.join(GRACE + START_TIMEOUT)
