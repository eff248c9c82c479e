"""The length of a program's wait: whole ticks, at least one, never less than was asked for; in real time, in pieces."""

from __future__ import annotations

from math import ceil
from typing import Iterator, NamedTuple

from fake_server.core.clock import TICKS

from .clock import ticks_to_wait

__all__ = ["NOISE", "Piece", "in_pieces", "lasting"]

NOISE = 0.001
"""Ticks by which a float may be off: a wait is no tick longer for that."""


_PIECE = 0.05
"""Real seconds after which a wait that outlived its test looks whether another test is in virtual time."""


class Piece(NamedTuple):
    """A part of a wait in real time, and what is left after it, in seconds."""

    length: float
    left: float


def in_pieces(seconds: float) -> Iterator[Piece]:
    """Yield the parts of a wait in real time."""
    while seconds > 0:
        length = min(seconds, _PIECE)
        seconds -= length
        yield Piece(length, seconds)


def lasting(seconds: float) -> int:
    """Return the ticks that a wait takes; raises ValueError for an invalid length of time."""
    least = ticks_to_wait(seconds)
    return max(least, ceil(seconds * TICKS - NOISE)) if seconds > 0 else 0
