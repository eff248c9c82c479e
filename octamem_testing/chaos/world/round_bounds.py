"""The bounds of a round: how far it may go beyond the baseline before it is stopped."""

from __future__ import annotations

from typing import Sequence

from octamem_testing.chaos.judge.bounded import Bounded
from octamem_testing.chaos.judge.invariant import Invariant
from octamem_testing.chaos.scenario.trial import Round
from octamem_testing.virtual_time.bounds import Bounds

from .execution import Run

__all__ = ["bounds_of_baseline", "bounds_of_round", "most_computing"]

MOST_REQUESTS = 200
"""Requests of a round beyond ten times those of the baseline: a program that sends more never ends."""
MOST_BASELINE_REQUESTS = 10_000
"""Requests of the baseline, for which nothing else can say how many there should be."""
MOST_SECONDS = 86_400.0
"""Virtual seconds of a round that no invariant bounds: no program should try again for longer than a day."""
PATIENCE = 4
"""A round is stopped after this many times what `Bounded` allows: what it violates is known by then."""
MOST_BASELINE_COMPUTING = 10.0
"""Seconds of CPU time that the baseline may compute between two requests or waits."""
MOST_COMPUTING = 2.0
"""The same of a round, beyond five times what the whole baseline took."""
MOST_COMPUTING_AGAIN = 0.4
"""The same once a round of the program was stopped for that: it is known to compute for ever."""

_RUNS_PROGRAM = Run.__module__


def bounds_of_baseline() -> Bounds:
    """Return how far a round may go that nothing can be compared with."""
    return Bounds(MOST_BASELINE_REQUESTS, MOST_SECONDS, runner=_RUNS_PROGRAM, computing=MOST_BASELINE_COMPUTING)


def most_computing(computed: float, starved: float, *, again: bool) -> float:
    """Return for how many seconds of CPU time a program may compute between two requests or waits.

    `computed` is how many the baseline took, without those that were `starved`: in these one thread ran on while others
    could, often in a loop that looks for what only they can change. So they say little of what the program computes,
    but twice as many are allowed. `again` says whether a round was stopped since it computed.
    """
    least = MOST_COMPUTING_AGAIN if again else MOST_COMPUTING
    return max(least + 5 * computed, 2 * (computed + starved))


def bounds_of_round(baseline: Round, invariants: Sequence[Invariant], *, asked: float, computing: float) -> Bounds:
    """Return how far a round may go whose faults ask to wait so many seconds, and which may compute for so many."""
    allowed = [invariant.longest(baseline) for invariant in invariants if isinstance(invariant, Bounded)]
    longest = PATIENCE * max(*allowed, Bounded().longest(baseline)) if allowed else MOST_SECONDS
    return Bounds(
        MOST_REQUESTS + 10 * len(baseline.requests),
        baseline.seconds + longest + PATIENCE * asked,
        runner=_RUNS_PROGRAM,
        computing=computing,
    )
