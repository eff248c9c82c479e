"""What the user may do about a call that failed, by the status of its answer or by why there was none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Optional


@dataclass(frozen=True)
class Place:
    """Where a call goes: host and port, the environment variable that says so, and the proxy; each "" for none."""

    address: str = ""
    variable: str = ""
    proxy: str = ""

    def __str__(self) -> str:
        """Return it as it follows "no answer": with a blank before it, and empty where nothing is known."""
        return (f" from {self.address}" if self.address else "") + (f" through {self.proxy}" if self.proxy else "")


NOWHERE = Place()

_LATER = "try again later"

_BY_STATUS: Dict[int, str] = {
    401: "check the API key (api_key=, or OCTAMEM_API_KEY)",
    402: "check the plan and the balance, which details() tells",
    403: "check what this key may do",
    404: "check base_url and the key",
    405: "check base_url: it may not be the service's",
    408: _LATER,
    409: _LATER,
    413: "send a shorter text, or send it in parts",
    415: "check base_url, and what stands between here and there",
    425: _LATER,
    429: "make fewer calls, or wait; what is used and what is left, details() tells",
}

_BY_REASON: Dict[str, str] = {
    "refused": "is the service running, and is the address right{named}?",
    "name": "is the host name right{named}, and is the network up?",
    "no tls": "does it speak plain http://? Then say so in the base URL{named}",
    "certificate": "is the host name right{named}, and is the authority of its certificate in SSL_CERT_FILE?",
    "tls": "does the service speak TLS, and is the address right{named}?",
    "proxy": "check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY in the environment",
    "connect": "can the service be reached from here, and is the address right{named}?",
    "read": "raise timeout=, or try again later",
    "write": "raise timeout=, or try again later",
    "pool": "make fewer calls at once, or raise timeout=",
    "time": "raise timeout=, or try again later",
    "deadline": "raise deadline=, or try again later",
    "lost": "the service may be down, or the way to it: try again later",
    "transport": "look into the transport: another attempt would come to the same",
    "not usable": "check base_url: something else may have answered in the place of the service",
    "too long": "raise max_response_bytes=",
}
"""By why there was no answer, or none that can be used; `{named}` says where the address is from."""

_ON_THE_WAY = ("refused", "name", "connect")
"""What a proxy may fail at in the place of the service."""


def advice(status: Optional[int], reason: str, place: Place) -> str:
    """Return what to do, "" where nothing is known; the reason goes before the status."""
    if reason in _ON_THE_WAY and place.proxy:
        reason = "proxy"
    if reason:
        named = f" ({place.variable} names it)" if place.variable else ""
        return _BY_REASON[reason].format(named=named)
    return "" if status is None else _BY_STATUS.get(status) or _of_class(status)


def _of_class(status: int) -> str:
    if 200 <= status <= 299:
        return ""
    if 300 <= status <= 399:
        return "set base_url to where the service is now"
    if 400 <= status <= 499:
        return "correct the call: the same would be refused again"
    return (
        "the service failed: try again later" if 500 <= status <= 599 else "check base_url: it may not be the service's"
    )
