"""Shrinking: the smallest schedule that violates the same invariant, found by removing and simplifying steps.

The algorithm is greedy. A schedule has few steps, each step has few simpler ones, and a candidate costs a round of
about a millisecond, so no more is needed, and nobody has to install Hypothesis for it.
"""

from __future__ import annotations

import re
from itertools import cycle, islice
from typing import Callable, Iterator, List, Optional, Tuple

from octamem_testing.chaos.scenario.trial import Round
from octamem_testing.chaos.schedule.schedule import Schedule, in_patterns
from octamem_testing.chaos.schedule.steps import parted

__all__ = ["shrunk"]

MOST = 300
"""The most rounds that are spent on one finding."""

Violates = Callable[[str], Optional[Round]]
"""Makes the round of a schedule, and returns it if it violates the invariant."""

_COUNTED = 12
"""The most hits by which a schedule may count a fault, instead of saying how long it lasts."""
_PLAINEST = ("503", "reset", "reset @after", "503 @after")


def shrunk(found: Round, violates: Violates, plainest: Optional[Tuple[str, ...]] = None) -> Round:
    """Return the round of the smallest schedule: fewest faults, then fewest hits, then the plainest steps.

    `plainest` are the only steps that it may be written with, the plainest first; None allows any.
    """
    schedule, best, left = Schedule.of(found.schedule), found, MOST
    seen = {found.schedule}
    while left > 0:
        for candidate in _smaller(schedule, best, plainest):
            text = str(candidate)
            # A schedule that breaks a pattern up is not smaller to a reader.
            if text in seen or candidate.faults > schedule.faults:
                continue
            seen.add(text)
            left -= 1
            result = violates(text)
            if result is not None:
                schedule, best = candidate, result
                break
            if left <= 0:
                break
        else:
            break
    return best


def _smaller(schedule: Schedule, result: Round, plainest: Optional[Tuple[str, ...]]) -> Iterator[Schedule]:
    """Yield simpler schedules, the most promising first; each is smaller by one measure, so shrinking ends."""
    if len(schedule.rules) > 1:
        yield from (schedule.without(rule) for rule in range(len(schedule.rules)))
    yield from _simpler_patterns(schedule, plainest)
    steps = list(schedule.steps())
    if len(steps) > 1:
        for rule, step, _, _ in reversed(steps):
            yield schedule.without(rule, step)
            yield schedule.without(rule, step, padded=False)
    for rule, step, _, text in steps:
        yield from (schedule.changed(rule, step, simpler) for simpler in _fewer(text, result))
    for rule, step, _, text in steps:
        yield from (schedule.changed(rule, step, simpler) for simpler in _plainer(text, plainest))
    yield from _earlier(schedule)
    for rule, (endpoint, each) in enumerate(schedule.rules):
        if endpoint == "*":
            for name in dict.fromkeys(request.endpoint for request in result.hits if request.endpoint):
                yield Schedule((*schedule.rules[:rule], (name, each), *schedule.rules[rule + 1 :]))


def _simpler_patterns(schedule: Schedule, plainest: Optional[Tuple[str, ...]]) -> Iterator[Schedule]:
    """Remove one of several kinds that take turns, or replace it by a plainer one; the turns last as long.

    A step that comes several times in a row is written once.
    """
    for rule, (endpoint, steps) in enumerate(schedule.rules):
        begin = 0
        for pattern, length in in_patterns(steps):
            others = [pattern[:at] + pattern[at + 1 :] for at in range(len(pattern))] if len(pattern) > 1 else []
            for at, step in enumerate(pattern if others else ()):
                others += [
                    (*pattern[:at], text, *pattern[at + 1 :])
                    for text in _plainer(step, plainest)
                    if text not in pattern
                ]
            turns = [tuple(islice(cycle(other), length)) for other in others]
            if len(pattern) == 1 and length > 1 and pattern[0] != "ok" and parted(pattern[0])[1] == "":
                turns.append((f"{pattern[0]} x{length}",))
            for simpler in turns:
                new = (*steps[:begin], *simpler, *steps[begin + length :])
                yield Schedule((*schedule.rules[:rule], (endpoint, new), *schedule.rules[rule + 1 :])).trimmed()
            begin += length


def _fewer(text: str, result: Round) -> Iterator[str]:
    """Let a step hit less often."""
    plain, often = parted(text)
    if not often:
        return
    yield plain
    hits = len(result.hits)
    if often.startswith(" x"):
        times = int(often[len(" x") :])
        tried: List[int] = [each for each in (hits, times // 2, times - 1) if 1 < each < times]
    else:
        # A larger number is harder to read than how long the fault lasts.
        tried = [2, 3, min(_COUNTED, max(2, hits))]
    yield from (f"{plain} x{each}" for each in dict.fromkeys(tried))


def _plainer(text: str, plainest: Optional[Tuple[str, ...]]) -> Iterator[str]:
    """Replace a fault by a plainer one: without options, then a common one, or one that comes first in `plainest`."""
    word, often = parted(text)
    bare = re.sub(r"\(.*\)", "", word)
    if plainest is None and bare != word and bare not in ("slow", "drip", "stale", "missing"):
        yield bare + often
    order = _PLAINEST if plainest is None else plainest
    yield from (each + often for each in order[: order.index(word) if word in order else len(order)] if each != bare)


def _earlier(schedule: Schedule) -> Iterator[Schedule]:
    """Let the faults of a rule hit one request earlier."""
    for rule, (_, steps) in enumerate(schedule.rules):
        if steps and steps[0] == "ok":
            yield schedule.without(rule, 0, padded=False)
