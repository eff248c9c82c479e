"""The outside world of a program under chaos: its calls to other hosts than OctaMem's are counted, or refused."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Callable, Iterable, Set, Tuple
from typing import Counter as CounterOf

from .urls import Url, is_loopback

__all__ = ["MakeError", "Outside"]

MakeError = Callable[[str], Exception]
"""Makes the error of a library for a call that is refused, of a text that says why."""


NOWHERE = ".invalid"


@dataclass(frozen=True)
class Outside:
    """What one run of a program asks of other hosts; those of this machine are allowed, and those of `allowed`.

    `allowed` are names of hosts, in which * stands for anything. `calls` counts what was sent by host, and `refused`
    what was not by (method, host); the method is "" for a connection that is not known to be for HTTP.
    """

    allowed: Tuple[str, ...] = ()
    calls: CounterOf[str] = field(default_factory=Counter)
    refused: CounterOf[Tuple[str, str]] = field(default_factory=Counter)
    _addresses: Set[str] = field(default_factory=set)
    _lock: Any = field(default_factory=threading.Lock)

    def allows(self, url: Url) -> bool:
        """Whether a host may be called."""
        return (
            is_loopback(url.host)
            or url.host in self._addresses
            or any(fnmatchcase(url.host, pattern) for pattern in self.allowed)
        )

    def count(self, url: Url) -> None:
        """Count a call that is sent."""
        with self._lock:
            self.calls[url.host] += 1

    def refuse(self, url: Url, method: str, error: MakeError) -> Exception:
        """Count a call that is refused, and return the error for whoever makes it.

        A host below .invalid is nowhere (RFC 6761), and the fault `redirect` names one: it is no call of the program's.
        """
        if url.host.endswith(NOWHERE):
            return error(f"{url.host} is no host")
        with self._lock:
            self.refused[method, url.host] += 1
        what = f"{method} {url.host}" if method else f"a connection to {url}"
        return error(
            f"{what}: chaos refused this call, and nothing was sent; mock it, or pass allow_hosts=[{url.host!r}]"
        )

    def note(self, addresses: Iterable[str]) -> None:
        """Note the addresses of a host that may be called, for the connections to them."""
        with self._lock:
            self._addresses.update(addresses)
