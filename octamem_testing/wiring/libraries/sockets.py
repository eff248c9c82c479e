"""Sockets and host names: the last point before the network, for a library that the kit does not know."""

from __future__ import annotations

import socket
from errno import ECONNREFUSED
from functools import partial
from typing import Any, List, Optional, Tuple

from octamem_testing.patches import Patch, Target, wrapping
from octamem_testing.wiring.leaving import note_addresses, open_connection
from octamem_testing.wiring.refusals import SOCKET, EscapeError, admit
from octamem_testing.wiring.urls import Url, url_of

__all__ = ["TARGETS"]


def _sockets(module: Any) -> List[Tuple[Any, str, Patch]]:
    return [
        (module, "getaddrinfo", wrapping(_resolve)),
        (module.socket, "connect", wrapping(_connect)),
        (module.socket, "connect_ex", wrapping(_connect)),
    ]


def _resolve(original: Any, host: Any, port: Any, *arguments: Any, **options: Any) -> Any:
    url = _admit(host, port)
    if url is None:
        return original(host, port, *arguments, **options)
    open_connection(url, partial(socket.gaierror, socket.EAI_NONAME))
    found = original(host, port, *arguments, **options)
    note_addresses(url, [address[0] for *_, address in found])
    return found


def _connect(original: Any, connection: Any, address: Any) -> Any:
    if isinstance(address, tuple) and len(address) >= 2:
        url = _admit(address[0], address[1])
        if url is not None and connection.type == socket.SOCK_STREAM:
            open_connection(url, partial(ConnectionRefusedError, ECONNREFUSED), counts=True)
    return original(connection, address)


def _admit(host: Any, port: Any) -> Optional[Url]:
    """Let a connection to a host be opened, and return its URL, None if it is no host."""
    name = host.decode("latin-1") if isinstance(host, bytes) else host
    if not isinstance(name, str):
        return None
    number = int(port) if isinstance(port, int) or (isinstance(port, str) and port.isdecimal()) else 0
    url = url_of("", name, number)
    admit(url, EscapeError, SOCKET)
    return url


TARGETS = (Target("socket", _sockets),)
