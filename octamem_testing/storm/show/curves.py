"""A series as a curve, smoothed except across the moments at which the service goes down and comes back."""

from __future__ import annotations

import math
from itertools import accumulate
from typing import List, Sequence, Tuple

from octamem_testing.storm.scenario import Scenario

__all__ = ["curve", "edges", "widths"]


def widths(scenario: Scenario) -> List[float]:
    """Return the length of each second of the run: the first and the last may be shorter."""
    start, end = scenario.lead, scenario.back_second + scenario.after
    return [max(0.0, min(second + 1, end) - max(second, start)) for second in range(scenario.seconds)]


def edges(scenario: Scenario) -> List[int]:
    """Return the seconds at which a curve may jump: where the service goes down, perhaps within one, and is back."""
    down, back = scenario.lead + scenario.before, scenario.back_second
    return [min(back, int(down)), min(back, math.ceil(down)), back]


def curve(
    series: Sequence[float], lengths: Sequence[float], breaks: Sequence[int], width: int
) -> Tuple[List[float], List[float]]:
    """Return the times, in seconds, and the heights, a second, of a series that counts in seconds of such lengths.

    A point is the mean of `width` seconds around it, of those between the same two breaks; at a break the curve jumps.
    """
    starts = [0.0, *accumulate(lengths)]
    times: List[float] = []
    heights: List[float] = []
    for first, end in zip([0, *breaks], [*breaks, len(series)]):
        around = [(max(first, at - width // 2), min(end, at + width // 2 + 1)) for at in range(first, end)]
        means = [_mean(series[low:high], lengths[low:high]) for low, high in around]
        if means:
            middles = [(starts[at] + starts[at + 1]) / 2 for at in range(first, end)]
            times += [starts[first], *middles, starts[end]]
            heights += [means[0], *means, means[-1]]
    return times, heights


def _mean(counts: Sequence[float], lengths: Sequence[float]) -> float:
    return sum(counts) / sum(lengths) if sum(lengths) else 0.0
