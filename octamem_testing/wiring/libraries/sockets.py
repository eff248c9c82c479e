"""Sockets and host names: the last point before the network, for a library that the kit does not know."""

from __future__ import annotations

from typing import Any, List, Tuple

from octamem_testing.patches import Patch, Target, wrapping
from octamem_testing.wiring.refusals import SOCKET, EscapeError, admit
from octamem_testing.wiring.urls import url_of

__all__ = ["TARGETS"]


def _sockets(module: Any) -> List[Tuple[Any, str, Patch]]:
    return [
        (module, "getaddrinfo", wrapping(_resolve)),
        (module.socket, "connect", wrapping(_connect)),
        (module.socket, "connect_ex", wrapping(_connect)),
    ]


def _resolve(original: Any, host: Any, port: Any, *arguments: Any, **options: Any) -> Any:
    _admit(host, port)
    return original(host, port, *arguments, **options)


def _connect(original: Any, connection: Any, address: Any) -> Any:
    if isinstance(address, tuple) and len(address) >= 2:
        _admit(address[0], address[1])
    return original(connection, address)


def _admit(host: Any, port: Any) -> None:
    name = host.decode("latin-1") if isinstance(host, bytes) else host
    if isinstance(name, str):
        number = int(port) if isinstance(port, int) or (isinstance(port, str) and port.isdecimal()) else 0
        admit(url_of("", name, number), EscapeError, SOCKET)


TARGETS = (Target("socket", _sockets),)
