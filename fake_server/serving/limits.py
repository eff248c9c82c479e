"""How much a server takes from its clients, and how long it waits for them."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

__all__ = ["Limits", "descriptor_limit", "raise_descriptor_limit"]

RESERVED = 128  # descriptors for everything except connections: files, pipes, those that are turned away
FEWEST = 8  # connections, however few descriptors there are
USUAL = 10_240  # descriptors that a system takes if it has no limit of its own


@dataclass(frozen=True)
class Limits:
    """What a server allows; times are in seconds.

    `idle` is how long a connection may be without a request, `head` how long a request line with its headers may take.
    `body` is how long a client may send nothing of the rest of a body, and `write` how long it may read nothing of an
    answer.
    """

    connections: int = 10_000
    header_bytes: int = 64 << 10
    header_count: int = 256
    idle: float = 75.0
    head: float = 20.0
    body: float = 30.0
    write: float = 60.0

    @property
    def within_descriptors(self) -> int:
        """The number of connections that this process has descriptors for."""
        return max(FEWEST, min(self.connections, descriptor_limit() - RESERVED))


def descriptor_limit() -> int:
    """Return how many descriptors this process may have open."""
    try:
        import resource
    except ImportError:  # Windows, whose select takes 512 sockets
        return 512
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return USUAL if soft == resource.RLIM_INFINITY else soft


def raise_descriptor_limit() -> None:
    """Raise the number of descriptors that this process may have open as far as it may."""
    try:
        import resource
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in (hard, USUAL):  # macOS names no hard limit, and refuses to have none
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            return
