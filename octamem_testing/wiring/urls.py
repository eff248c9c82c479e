"""Which URLs mean the OctaMem service, which of them a mock answers, and which may be connected to in a test."""

from __future__ import annotations

import os
from functools import lru_cache
from ipaddress import ip_address
from typing import Iterator, NamedTuple, Optional, Set, Tuple
from urllib.parse import urlsplit

from octamem.testing import base_urls

from . import HOST, SHELL_URL, URL_VARIABLE

__all__ = ["OWN_SERVERS", "Url", "is_loopback", "is_refused", "is_wrong_host", "service_path", "url_of"]

CONTROL = "/_fake/"  # the control API of a served fake is no part of the service
_PORTS = {"http": 80, "https": 443}

Origin = Tuple[str, int]

OWN_SERVERS: Set[Origin] = set()
"""The servers of the kit that serve a fake."""


class Url(NamedTuple):
    """What a request is for, from whichever library: its host in lower case, without a dot at the end."""

    scheme: str
    host: str
    port: int
    path: str = ""

    @property
    def origin(self) -> Origin:
        """The host and the port; all names of this machine are one."""
        return "loopback" if is_loopback(self.host) else self.host, self.port

    def __str__(self) -> str:
        """Write the URL without a port that its scheme implies."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if _PORTS.get(self.scheme) == self.port else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}" if self.scheme else f"{host}{port}"


def url_of(scheme: str, host: str, port: Optional[int], path: str = "") -> Url:
    """Return a URL of its parts; without a port it has that of its scheme."""
    return Url(scheme, host.strip("[]").rstrip(".").lower(), port or _PORTS.get(scheme, 0), path)


@lru_cache(maxsize=256)  # the base URL of each client is asked for at each of its calls
def parsed(text: str) -> Optional[Url]:
    """Return the URL that a text is, None if it is none."""
    try:
        parts = urlsplit(text)
        return url_of(parts.scheme, parts.hostname, parts.port, parts.path) if parts.hostname else None
    except ValueError:
        return None


@lru_cache(maxsize=256)
def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by name or by number."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


def service_path(url: Url) -> Optional[str]:
    """Return the path that the service is asked for, None if the request is not for it.

    The service's own host has its routes at the root, as it has over HTTP. A gateway has them below the path of its
    base URL: it is what OCTAMEM_BASE_URL says, or a loopback address that a living client of ours was given.
    """
    if url.host == HOST:
        return url.path
    if url.path.startswith(CONTROL):
        return None
    origin, chosen = url.origin, _of_environment()
    gateways = [base for base in _bases() if base.origin == origin and (base == chosen or is_loopback(base.host))]
    found = [base.path for base in gateways if f"{url.path}/".startswith(f"{base.path}/")]
    return (url.path[len(max(found, key=len)) :] or "/") if found else None


def is_wrong_host(url: Url) -> bool:
    """Whether a client of ours was given a host that is neither the service nor a gateway."""
    if url.host == HOST or is_loopback(url.host):
        return False
    chosen = _of_environment()
    return chosen is None or chosen.origin != url.origin


def is_refused(url: Url) -> bool:
    """Whether a connection for this URL would reach the service, or what the shell takes for it.

    A loopback address is the author's own, unless it is the one that the shell was set up with.
    """
    if url.host == HOST:
        return True
    origin = url.origin
    if is_loopback(url.host):
        shell = parsed(SHELL_URL)
        return shell is not None and shell.origin == origin and origin not in OWN_SERVERS
    return any(base.host == url.host and url.port in (base.port, 0) for base in _bases())


def _of_environment() -> Optional[Url]:
    found = parsed(os.environ.get(URL_VARIABLE, "").strip())
    return None if found is None else found._replace(path=found.path.rstrip("/"))


def _bases() -> Iterator[Url]:
    for text in (*base_urls(), os.environ.get(URL_VARIABLE, "").strip()):
        base = parsed(text)
        if base is not None:
            yield base._replace(path=base.path.rstrip("/"))
