"""Shrinking: the smallest schedule that breaks the same promise, found by leaving out and by making simpler.

It is our own, and greedy: a schedule has few steps, each step has a few simpler ones, and every candidate costs a
round of about a millisecond, so that no more is needed, and nobody has to install Hypothesis for it.
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
"""Rounds that are spent on one finding."""

Breaks = Callable[[str], Optional[Round]]
"""Makes a round of a schedule, and gives it where it breaks the promise."""

_COUNTED = 12
"""Strikes that are still counted, at most, in the place of a time that a fault lasts."""
_PLAINEST = ("503", "reset", "reset @after", "503 @after")


def shrunk(found: Round, breaks: Breaks, plainest: Optional[Tuple[str, ...]] = None) -> Round:
    """Give the round of the smallest schedule: fewest faults, then strikes, then the plainest words.

    `plainest` are the only steps that it may be written with, the plainest first, where not any is allowed.
    """
    schedule, best, left = Schedule.of(found.schedule), found, MOST
    seen = {found.schedule}
    while left > 0:
        for candidate in _smaller(schedule, best, plainest):
            text = str(candidate)
            # What tears a pattern apart is no smaller to whoever reads it.
            if text in seen or candidate.faults > schedule.faults:
                continue
            seen.add(text)
            left -= 1
            over = breaks(text)
            if over is not None:
                schedule, best = candidate, over
                break
            if left <= 0:
                break
        else:
            break
    return best


def _smaller(schedule: Schedule, over: Round, plainest: Optional[Tuple[str, ...]]) -> Iterator[Schedule]:
    """List what is simpler, the most hopeful first: every one is smaller by the same measure, so it ends."""
    if len(schedule.rules) > 1:
        yield from (schedule.without(rule) for rule in range(len(schedule.rules)))
    yield from _simpler_patterns(schedule, plainest)
    steps = list(schedule.steps())
    if len(steps) > 1:
        for rule, step, _, _ in reversed(steps):
            yield schedule.without(rule, step)
            yield schedule.without(rule, step, padded=False)
    for rule, step, _, text in steps:
        yield from (schedule.changed(rule, step, simpler) for simpler in _fewer(text, over))
    for rule, step, _, text in steps:
        yield from (schedule.changed(rule, step, simpler) for simpler in _plainer(text, plainest))
    yield from _earlier(schedule)
    for rule, (endpoint, each) in enumerate(schedule.rules):
        if endpoint == "*":
            for name in dict.fromkeys(arrival.endpoint for arrival in over.hits if arrival.endpoint):
                yield Schedule((*schedule.rules[:rule], (name, each), *schedule.rules[rule + 1 :]))


def _simpler_patterns(schedule: Schedule, plainest: Optional[Tuple[str, ...]]) -> Iterator[Schedule]:
    """Leave out a kind of several that take turns, or put a plainer one in its place; the turns last as long.

    One that comes several times without a break is written once.
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


def _fewer(text: str, over: Round) -> Iterator[str]:
    """Let a step strike less often."""
    plain, often = parted(text)
    if not often:
        return
    yield plain
    struck = len(over.hits)
    if often.startswith(" x"):
        times = int(often[len(" x") :])
        tried: List[int] = [each for each in (struck, times // 2, times - 1) if 1 < each < times]
    else:
        # More strikes than these are harder to read than how long the fault lasts.
        tried = [2, 3, min(_COUNTED, max(2, struck))]
    yield from (f"{plain} x{each}" for each in dict.fromkeys(tried))


def _plainer(text: str, plainest: Optional[Tuple[str, ...]]) -> Iterator[str]:
    """Put a plainer fault in the place of one: without options, then a usual one; or, of those allowed, an earlier."""
    word, often = parted(text)
    bare = re.sub(r"\(.*\)", "", word)
    if plainest is None and bare != word and bare not in ("slow", "drip", "stale", "missing"):
        yield bare + often
    order = _PLAINEST if plainest is None else plainest
    yield from (each + often for each in order[: order.index(word) if word in order else len(order)] if each != bare)


def _earlier(schedule: Schedule) -> Iterator[Schedule]:
    """Let the faults of a rule strike one place sooner."""
    for rule, (_, steps) in enumerate(schedule.rules):
        if steps and steps[0] == "ok":
            yield schedule.without(rule, 0, padded=False)
