"""Ports for servers that are started by number, some of which start again on the port that they had."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack
from typing import List

__all__ = ["free_port"]

FIRST, LAST = 20_000, 30_000  # below those that a system gives to connections
EACH = 20

_kept: List[int] = []


def free_port() -> int:
    """Return a port after which 18 more are free, and which no other process of the tests is given before this ends."""
    for _ in range(1000):
        first = random.randrange(FIRST, LAST, EACH)
        with ExitStack() as tried:
            try:
                kept, *_ = [tried.enter_context(_bound(port)) for port in reversed(range(first, first + EACH))]
            except OSError:
                continue
            _kept.append(kept.dup().detach())  # the last one: whoever tries these meets it
        return first
    raise AssertionError("no ports are free")


def _bound(port: int) -> socket.socket:
    opened = socket.socket()
    try:
        opened.bind(("127.0.0.1", port))
    except OSError:
        opened.close()
        raise
    return opened
