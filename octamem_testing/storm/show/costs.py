"""The cost of a budget during a partial failure, in a sentence that says whether it was spent."""

from __future__ import annotations

import math

from octamem_testing.storm.partial import AT_FIRST, at_first, calls_each, in_the_end, spent, to_spend
from octamem_testing.storm.storm import Storm

__all__ = ["cost"]


def cost(storm: Storm) -> str:
    """Return the shares of calls that succeeded at first and in the end, and whether the budgets were spent."""
    last = calls_each(storm) // 2
    return (
        f"{storm.policy.name}: what a budget costs: with {100 * storm.scenario.partial:g}% failing for good, "
        f"{at_first(storm):.1%} of the first {AT_FIRST} calls end well, and {in_the_end(storm):.1%} of the last "
        f"{last:,}{_state(storm)}"
    )


def _state(storm: Storm) -> str:
    clients, (in_time, ever) = storm.scenario.clients, spent(storm)
    takes = to_spend(storm.policy, storm.scenario.partial)
    if (storm.policy.budget or 0) < 1:
        return ": it holds no whole token, so no retry is made."
    if in_time == clients:
        return ", once it is spent."
    if ever:
        return f": {in_time} of {clients} clients had spent theirs before these, {ever} in the end."
    if math.isinf(takes):
        return ": it is not spent, since successes earn at least what retries spend."
    return f": it is not spent, which takes about {takes:,.0f} calls of each client."
