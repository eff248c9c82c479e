"""What to do about a failed call, by the status of its answer or by the reason why there was none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Optional


@dataclass(frozen=True)
class Destination:
    """The host and port of a call, the environment variable that names them, and the proxy; "" for none."""

    address: str = ""
    variable: str = ""
    proxy: str = ""

    def __str__(self) -> str:
        """Return the text that follows "no answer": it begins with a space, and is empty if nothing is known."""
        return (f" from {self.address}" if self.address else "") + (f" through {self.proxy}" if self.proxy else "")


NOWHERE = Destination()

_LATER = "try again later"

_BY_STATUS: Dict[int, str] = {
    401: "check the API key (api_key=, or OCTAMEM_API_KEY)",
    402: "check your plan and balance with details()",
    403: "check what this key is allowed to do",
    404: "check base_url and the key",
    405: "check base_url: another server may have answered",
    408: _LATER,
    409: "another call may have changed the same thing: look at it before you call again",
    413: "send a shorter text, or send it in parts",
    415: "check base_url and any proxy on the way",
    425: _LATER,
    429: "make fewer calls, or wait; details() shows what is used and left",
}

_BY_REASON: Dict[str, str] = {
    "refused": "check that the service is running and that the address is right{named}",
    "name": "check that the host name is right{named} and that the network is up",
    "no tls": "the server may not use TLS; if it does not, write http:// in the base URL{named}",
    "certificate": "check the host name{named}, or add the certificate's authority to SSL_CERT_FILE",
    "tls": "check that the service supports TLS and that the address is right{named}",
    "proxy": "check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY in the environment",
    "connect": "check that the service can be reached from here and that the address is right{named}",
    "read": "raise timeout=, or try again later",
    "write": "raise timeout=, or try again later",
    "pool": "make fewer calls at once, or raise timeout=",
    "time": "raise timeout=, or try again later",
    "deadline": "raise deadline=, or try again later",
    "lost": "the service or the network may be down; try again later",
    "transport": "check your transport; a retry would fail in the same way",
    "prevented": "check your transport, and whatever changes or blocks the sockets of this process",
    "moved": "set base_url to the new address of the service",
    "not usable": "check base_url: another server may have answered",
    "too long": "raise max_response_bytes=",
    "again": "the service says that it may be sent again: try again later",
    "never again": "the service says that sending it again will not help",
}
"""By the reason why there was no answer, or no usable one, or by the service's `x-should-retry` if that is unusual;
`{named}` says where the address comes from."""

_ON_THE_WAY = ("refused", "name", "connect")
"""The reasons that concern the proxy instead of the service, if there is a proxy."""


def advice(status: Optional[int], reason: str, destination: Destination) -> str:
    """Return what to do, or "" if nothing is known; the reason counts more than the status."""
    if reason in _ON_THE_WAY and destination.proxy:
        reason = "proxy"
    if reason:
        named = f" ({destination.variable} names it)" if destination.variable else ""
        return _BY_REASON[reason].format(named=named)
    return "" if status is None else _BY_STATUS.get(status) or _by_class(status)


def _by_class(status: int) -> str:
    if 200 <= status <= 299:
        return ""
    if 300 <= status <= 399:
        return _BY_REASON["moved"]
    if 400 <= status <= 499:
        return "correct the call; sending it again will fail in the same way"
    return _LATER if 500 <= status <= 599 else "check base_url: another server may have answered"
