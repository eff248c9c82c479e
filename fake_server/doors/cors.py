"""CORS: which web pages of another origin may call the service, and what their browsers must be answered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import FrozenSet, Iterable, List, Tuple

from fake_server.authority import read_allowed_origin

from .head import RequestHead

__all__ = ["NO_CORS", "Cors", "is_preflight", "read_cors"]

EXPOSED = (
    "Allow",
    "Location",
    "Retry-After",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "X-Request-Id",
)
"""The headers of an answer that a page may read beside those that it always may."""

_HEADER_NAMES = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~, -]+")
_MAX_AGE = b"600"  # seconds that a browser may keep the answer of a preflight

Headers = List[Tuple[bytes, bytes]]


@dataclass(frozen=True)
class Cors:
    """The origins whose pages may call the service, in their canonical spelling; `*` stands for all."""

    origins: FrozenSet[str] = frozenset()

    def admits(self, head: RequestHead) -> bool:
        """Return whether a page of such an origin calls the service; no page may ask the control API."""
        if not self.origins or head.controls or len(head.all("origin")) != 1:
            return False
        return "*" in self.origins or read_allowed_origin(head.all("origin")[0]) in self.origins

    def answer_headers(self, head: RequestHead) -> Headers:
        """Return what lets the page read an answer."""
        if "*" in self.origins:
            return [(b"access-control-allow-origin", b"*"), _EXPOSE]
        origin = head.all("origin")[0].encode("latin-1")
        return [(b"access-control-allow-origin", origin), (b"vary", b"Origin"), _EXPOSE]

    def preflight_headers(self, head: RequestHead) -> Headers:
        """Return what lets the page send its request: POST, with the headers that it asks for."""
        headers = [each for each in self.answer_headers(head) if each is not _EXPOSE]
        headers += [(b"access-control-allow-methods", b"POST"), (b"access-control-max-age", _MAX_AGE)]
        asked = ", ".join(head.all("access-control-request-headers"))
        if _HEADER_NAMES.fullmatch(asked):
            headers.append((b"access-control-allow-headers", asked.encode()))
        # Asked for by a page of the internet before it calls a server on this machine.
        if "true" in head.all("access-control-request-private-network"):
            headers.append((b"access-control-allow-private-network", b"true"))
        return headers


NO_CORS = Cors()
"""No page of another origin may call the service."""

_EXPOSE = (b"access-control-expose-headers", ", ".join(EXPOSED).encode())


def read_cors(origins: Iterable[str]) -> Cors:
    """Return the rules that allow these origins; raises ValueError for a text that is none."""
    read = set()
    for given in origins:
        origin = read_allowed_origin(given)
        if origin is None:
            raise ValueError(f"cors: expected SCHEME://HOST, SCHEME://HOST:PORT, null or *, got {given!r}")
        read.add(origin)
    return Cors(frozenset(read))


def is_preflight(head: RequestHead) -> bool:
    """Return whether a browser asks if a page may send a request, before it sends that."""
    return head.method == "OPTIONS" and bool(head.all("access-control-request-method"))
