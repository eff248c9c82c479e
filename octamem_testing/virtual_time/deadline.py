"""The length of a program's wait: whole ticks, at least one, and never less than was asked for."""

from __future__ import annotations

from math import ceil

from fake_server.core.clock import TICKS

from .clock import ticks_to_wait

__all__ = ["NOISE", "lasting"]

NOISE = 0.001
"""Ticks by which a float may be off: a wait is no tick longer for that."""


def lasting(seconds: float) -> int:
    """Return the ticks that a wait takes; raises ValueError for an invalid length of time."""
    least = ticks_to_wait(seconds)
    return max(least, ceil(seconds * TICKS - NOISE)) if seconds > 0 else 0
