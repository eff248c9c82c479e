"""The fake on a real port, behind the guard."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Callable, Generator, Iterable, Optional, Tuple

from .authority import host_name, is_loopback_address, is_unspecified, url_from_here
from .core.key_text import is_key, not_a_key
from .doors import Guard, Rules, new_token, read_cors
from .serving.limits import raise_descriptor_limit
from .serving.loops import Options
from .serving.state import App
from .serving.uvicorn_server import BACKLOG, GRACE, UvicornServer

__all__ = ["Options", "RemoteAddressError", "Running", "listen", "serve", "serve_in_thread"]

START_TIMEOUT = 30.0  # seconds; a loaded machine has been seen to take several


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
    return socket.create_server(address, family=family, backlog=BACKLOG, dualstack_ipv6=both)


def _takes_ipv4(address: str) -> bool:
    """Return whether an IPv6 address stands for IPv4 too: `::` for all of both families, a mapped one for itself."""
    return is_unspecified(address) or address.startswith("::ffff:")


def _guarded(
    app: Any,
    listening: socket.socket,
    allowed_hosts: Iterable[str],
    control_token: Optional[str],
    cors: Iterable[str],
) -> Tuple[App, Running]:
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
    # An app of somebody else has no keys; one that mounts a fake has a guard of its own, or none.
    return Guard(app, rules, getattr(app, "blank", None)), Running(bound, port, token)


def serve(
    app: Any,
    listening: socket.socket,
    ready: Callable[[Running], None],
    *,
    allowed_hosts: Iterable[str] = (),
    control_token: Optional[str] = None,
    cors: Iterable[str] = (),
    options: Optional[Options] = None,
) -> None:
    """Serve until SIGINT or SIGTERM; `ready` is called once requests are accepted.

    Requests of web pages of another origin are refused, as docs/control.md says; `allowed_hosts` are names that a
    `Host` header may have beside `localhost` and the loopback addresses. The control API asks for `control_token`;
    without one, it asks for none on a loopback address, and for a new one elsewhere. Pages of the origins in `cors` may
    call the service. From then on, the process may open as many descriptors as its hard limit allows.
    """
    raise_descriptor_limit()
    with listening:
        guarded, running = _guarded(app, listening, allowed_hosts, control_token, cors)
        UvicornServer(guarded, lambda: ready(running), options or Options(), signals=True).run([listening])


@contextmanager
def serve_in_thread(
    app: Any,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    allow_remote: bool = False,
    allowed_hosts: Iterable[str] = (),
    control_token: Optional[str] = None,
    cors: Iterable[str] = (),
    listening: Optional[socket.socket] = None,
    options: Optional[Options] = None,
) -> Generator[Running, None, None]:
    """Serve in a thread for the length of the block; raises RuntimeError if the server does not start.

    `allow_remote` is that of `listen`, `allowed_hosts`, `control_token` and `cors` are those of `serve`. A port that
    is open already is `listening`.
    """
    started: Future[None] = Future()
    with listening or listen(host, port, allow_remote=allow_remote) as opened:
        guarded, running = _guarded(app, opened, allowed_hosts, control_token, cors)
        server = UvicornServer(guarded, lambda: started.set_result(None), options or Options(), signals=False)
        thread = threading.Thread(target=_run, args=(server, opened, started), name="octamem-fake", daemon=True)
        thread.start()
        _wait_for(started)
        try:
            yield running
        finally:
            server.stop()
            thread.join(GRACE + START_TIMEOUT)


def _run(server: UvicornServer, opened: socket.socket, started: Future[None]) -> None:
    """Serve; what ends the server before it has started is told to whoever waits for that, and not to the thread."""
    try:
        server.run([opened])
    except BaseException as error:
        if started.done():
            raise
        started.set_exception(error)


def _wait_for(started: Future[None]) -> None:
    try:
        cause = started.exception(START_TIMEOUT)
    except NotInTime:
        raise RuntimeError(f"the fake server did not start within {START_TIMEOUT:g} s") from None
    if cause is not None:
        raise RuntimeError(f"the fake server did not start: {type(cause).__name__}: {cause}") from cause
