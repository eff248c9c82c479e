"""The waits between attempts that published comparisons speak of, each as an endless stream."""

from __future__ import annotations

from itertools import count, repeat
from typing import Callable, Dict, Iterator

from octamem.testing import back_off

__all__ = ["BACKOFFS", "Backoff"]

Backoff = Callable[[float, float, Callable[[], float]], Iterator[float]]
"""From the base, the cap (both in one unit of time) and chance (0 to 1) to the waits, the first one first."""


def _none(_base: float, _cap: float, _random: Callable[[], float]) -> Iterator[float]:
    return repeat(0.0)


def _exponential(base: float, cap: float, _random: Callable[[], float]) -> Iterator[float]:
    return _equal(base, cap, lambda: 1.0)


def _equal(base: float, cap: float, random: Callable[[], float]) -> Iterator[float]:
    # The SDK's own: half of it certain, half by chance. The published comparison counts from 1, the SDK from 0.
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
"""By name: at once; the base doubled each time; its upper half by chance (the SDK's); all of it by chance; and from
the base to three times the last one by chance. None is above the cap."""
