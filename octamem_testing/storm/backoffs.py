"""The back-offs of published comparisons, each as an endless stream of waits."""

from __future__ import annotations

from itertools import count, repeat
from typing import Callable, Dict, Iterator

from octamem.testing import back_off

__all__ = ["BACKOFFS", "Backoff"]

Backoff = Callable[[float, float, Callable[[], float]], Iterator[float]]
"""The base, the cap (both in one unit of time) and a random number from 0 to 1, to the waits in order."""


def _none(_base: float, _cap: float, _random: Callable[[], float]) -> Iterator[float]:
    return repeat(0.0)


def _exponential(base: float, cap: float, _random: Callable[[], float]) -> Iterator[float]:
    return _equal(base, cap, lambda: 1.0)


def _equal(base: float, cap: float, random: Callable[[], float]) -> Iterator[float]:
    # The SDK's own: half fixed, half random. The published comparison counts from 1, the SDK from 0.
    return (back_off(number, delay=base, most=cap, random=random) for number in count(1))


def _full(base: float, cap: float, random: Callable[[], float]) -> Iterator[float]:
    return (random() * wait for wait in _exponential(base, cap, random))


def _decorrelated(base: float, cap: float, random: Callable[[], float]) -> Iterator[float]:
    wait = base
    while True:
        wait = min(cap, base + random() * (3 * wait - base))
        yield wait


BACKOFFS: Dict[str, Backoff] = {
    "none": _none,
    "exponential": _exponential,
    "equal": _equal,
    "full": _full,
    "decorrelated": _decorrelated,
}
"""By name: no wait; the base doubled each time; the same with its upper half random (the SDK's); the same all random;
and a random wait from the base to three times the last wait. None is above the cap."""
