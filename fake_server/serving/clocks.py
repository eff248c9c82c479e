"""The machine's clocks, which go on if a test freezes the functions of `time`."""

from __future__ import annotations

import time
from functools import partial
from typing import Callable

__all__ = ["monotonic", "wall"]


def _machine_clock(name: str, otherwise: Callable[[], float]) -> Callable[[], float]:
    return partial(time.clock_gettime, getattr(time, name)) if hasattr(time, name) else otherwise


class _Machine:
    """In a class, because tools that freeze time replace what modules hold."""

    monotonic = staticmethod(_machine_clock("CLOCK_MONOTONIC", time.monotonic))
    wall = staticmethod(_machine_clock("CLOCK_REALTIME", time.time))


def monotonic() -> float:
    """Return seconds that never go back."""
    return _Machine.monotonic()


def wall() -> float:
    """Return the seconds since the epoch."""
    return _Machine.wall()
