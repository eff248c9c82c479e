"""The strokes of a plot's curves: where curves coincide, their dashes take turns, so that all are seen."""

from __future__ import annotations

from typing import List, NamedTuple, Sequence, Tuple

__all__ = ["LOOKS", "Stroke", "alike", "strokes"]

LOOKS: Tuple[Tuple[str, str], ...] = (
    ("#8b93a1", "o"),
    ("#d98a00", "s"),
    ("#2f8fe0", "^"),
    ("#27a468", "D"),
    ("#b565d9", "v"),
    ("#d2453f", "X"),
    ("#a07c3c", "P"),
    ("#14a3a8", "<"),
    ("#e0609c", ">"),
    ("#7d74f2", "*"),
)
"""A colour that can be read on light and dark, and a marker, for each policy in turn."""

DASH = 6.0
"""The length of a dash where curves coincide, in widths of the line."""

CLOSE = 0.01
"""How near curves are that coincide, relative to the height of the plot: about the width of a line."""

MARKERS = 7
"""The markers of each curve."""


class Stroke(NamedTuple):
    """How a curve is drawn: the offset and lengths of its dashes (none: solid), its first marker and their step."""

    dashes: Tuple[float, Tuple[float, ...]]
    markers: Tuple[int, int]


def alike(curves: Sequence[Sequence[float]], *, close: float = CLOSE) -> List[int]:
    """Return for each curve the number of the first one that it coincides with, which may be itself."""
    height = max((max(curve, default=0.0) for curve in curves), default=0.0)
    firsts: List[int] = []
    for number, curve in enumerate(curves):
        same = (first for first in firsts if first == firsts[first] and _near(curves[first], curve, close * height))
        firsts.append(next(same, number))
    return firsts


def _near(one: Sequence[float], other: Sequence[float], most: float) -> bool:
    return len(one) == len(other) and all(abs(left - right) <= most for left, right in zip(one, other))


def strokes(curves: Sequence[Sequence[float]]) -> List[Stroke]:
    """Return the stroke of each curve of a plot: solid, or a dash in its turn among those that coincide."""
    firsts = alike(curves)
    found: List[Stroke] = []
    for number, (curve, first) in enumerate(zip(curves, firsts)):
        turns, turn = firsts.count(first), firsts[:number].count(first)
        dashes: Tuple[float, ...] = () if turns == 1 else (DASH, DASH * (turns - 1))
        step = max(1, len(curve) // MARKERS)
        # An offset says where in the pattern a line begins.
        found.append(Stroke((-DASH * turn % (DASH * turns), dashes), (number * step // max(1, len(curves)), step)))
    return found
