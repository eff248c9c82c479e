"""Shrinking: the smallest schedule that violates the same invariant, found by removing and simplifying steps.

The algorithm is greedy. A schedule has few steps, each step has few simpler ones, and a candidate costs a round of
about a millisecond, so no more is needed, and nobody has to install Hypothesis for it.
"""

from __future__ import annotations

import re
from itertools import cycle, islice
from typing import Callable, Iterator, List, Optional, Set, Tuple

from octamem_testing.chaos.scenario.trial import Round
from octamem_testing.chaos.schedule.fault_catalogue import FaultCatalogue
from octamem_testing.chaos.schedule.schedule import Schedule, in_patterns
from octamem_testing.chaos.schedule.steps import INTERLEAVE, OWN, order_number, parted, word_of

from .alike import halves
from .injection_points import point_of

__all__ = ["MOST", "shrunk", "size"]

MOST = 300
"""The most rounds that are spent on one finding."""

Violates = Callable[[str], Optional[Round]]
"""Makes the round of a schedule, and returns it if it violates the invariant."""
Order = Optional[Tuple[str, ...]]
"""The only steps that a schedule may be written with, the plainest first; None allows any."""

_COUNTED = 12
"""The most hits by which a schedule may count a fault, instead of saying how long it lasts."""
_POINTS = 24
"""The first requests of a round at which all others may go first."""
_PLAIN_ORDERS = 12
"""The orders that are tried in place of one with a larger number."""
_PLAINEST = ("503", "reset", "reset @after", "503 @after")
_LASTING = 1000
"""The hits that a fault with a duration stands for."""
_INSTEAD = ("", " x4", " x25")
"""How often a fault may hit that replaces a step of chaos itself; the search tries more of them."""


def shrunk(found: Round, violates: Violates, plainest: Order = None, *, most: int = MOST) -> Round:
    """Return the round of the smallest schedule, as `size` orders them, after at most `most` rounds."""
    schedule, best, left = Schedule.of(found.schedule), found, most
    seen = {found.schedule}
    while left > 0:
        for candidate in _smaller(schedule, best, plainest):
            text = str(candidate)
            # A schedule that breaks a pattern up is not smaller to a reader.
            if text in seen or size(candidate, plainest) >= size(schedule, plainest):
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


def size(schedule: Schedule, plainest: Order = None) -> Tuple[int, ...]:
    """Return what orders schedules, the smallest and plainest first.

    It has the fewest faults, then the fewest steps of chaos itself (such as a closed client), then the fewest hits,
    then the fewest kinds at each endpoint, and then the plainest kinds.
    """
    steps = [text for _, _, _, text in schedule.steps()]
    kinds = _kinds(schedule)
    return (
        schedule.faults,
        sum(word_of(step) in OWN for step in steps),
        sum(map(_times, steps)),
        len(kinds),
        sum(_rank(kind, plainest) for _, kind in kinds),
        sum(_rank(parted(step)[0], plainest) for step in steps),
        sum(endpoint == "*" for endpoint, _ in schedule.rules),
        sum(len(steps) for _, steps in schedule.rules),
        schedule.order or 0,
        len(str(schedule)),
    )


def _kinds(schedule: Schedule) -> Set[Tuple[int, str]]:
    """Return the kinds of faults at each endpoint, by the number of its rule."""
    return {(rule, parted(step)[0]) for rule, _, _, step in schedule.steps()}


def _times(step: str) -> int:
    """Return how often a step hits at most."""
    often = parted(step)[1]
    if often.startswith(" x"):
        return int(often[len(" x") :])
    return _LASTING if often else 1


def _rank(kind: str, plainest: Order) -> int:
    """Return how plain a kind is: 0 for the plainest."""
    order = _PLAINEST if plainest is None else plainest
    return order.index(kind) if kind in order else len(order) + ("(" in kind)


def _smaller(schedule: Schedule, result: Round, plainest: Order) -> Iterator[Schedule]:
    """Yield simpler schedules, the most promising first; each is smaller by one measure, so shrinking ends."""
    yield from map(Schedule.at, halves(result))
    if len(schedule.rules) > 1:
        yield from (schedule.without(rule) for rule in range(len(schedule.rules)))
    if plainest is None or INTERLEAVE in plainest:
        yield from _simpler_orders(schedule, result)
    yield from _simpler_patterns(schedule, plainest)
    steps = list(schedule.steps())
    if len(steps) > 1:
        for rule, step, _, _ in reversed(steps):
            yield schedule.without(rule, step)
            yield schedule.without(rule, step, padded=False)
    yield from _without_own(schedule, plainest)
    for rule, step, _, text in steps:
        yield from (schedule.changed(rule, step, simpler) for simpler in _fewer(text, result))
    yield from _of_fewer_kinds(schedule, plainest)
    for rule, step, _, text in steps:
        endpoint, _ = schedule.rules[rule]
        yield from (schedule.changed(rule, step, simpler) for simpler in _plainer(text, endpoint, plainest))
    yield from _earlier(schedule)
    for rule, (endpoint, each) in enumerate(schedule.rules):
        if endpoint == "*" and not all(map(order_number, each)):
            for name in dict.fromkeys(request.endpoint for request in result.hits if request.endpoint):
                yield Schedule((*schedule.rules[:rule], (name, each), *schedule.rules[rule + 1 :]))


def _without_own(schedule: Schedule, plainest: Order) -> Iterator[Schedule]:
    """Replace each step of chaos itself, such as a closed client, by the plainest fault, which hits once or lasts."""
    for rule, step, _, text in schedule.steps():
        endpoint, _ = schedule.rules[rule]
        order = [kind for kind in _plain_kinds(endpoint, plainest) if word_of(kind) not in OWN]
        if word_of(text) in OWN:
            yield from (schedule.changed(rule, step, kind + often) for kind in order[:1] for often in _INSTEAD)


def _of_fewer_kinds(schedule: Schedule, plainest: Order) -> Iterator[Schedule]:
    """Replace each kind by a plainer one wherever it stands, and all kinds by one."""
    steps = list(schedule.steps())
    kinds = list(dict.fromkeys(parted(text)[0] for _, _, _, text in steps))
    if len(steps) == 1:
        return
    for replaced in ([set(kinds)] if len(kinds) > 1 else []) + [{kind} for kind in kinds]:
        hit = {schedule.rules[rule][0] for rule, _, _, text in steps if parted(text)[0] in replaced}
        order = _PLAINEST if plainest is None else plainest
        for plain in (kind for kind in order if all(kind in _plain_kinds(endpoint, plainest) for endpoint in hit)):
            changed = schedule
            for rule, step, _, text in steps:
                kind, often = parted(text)
                if kind in replaced:
                    changed = changed.changed(rule, step, plain + often)
            is_plainer = all(_rank(plain, plainest) <= _rank(kind, plainest) for kind in replaced)
            if is_plainer or len(_kinds(changed)) < len(_kinds(schedule)):
                yield changed


def _simpler_orders(schedule: Schedule, result: Round) -> Iterator[Schedule]:
    """Let all others go first at one request instead of several faults, or of a drawn order.

    Else draw an order with fewer change points.
    """
    if schedule.faults > 1 and result.concurrent:
        yield from filter(None, (Schedule().with_step(point_of(hit), INTERLEAVE) for hit in result.hits[:_POINTS]))
    number = schedule.order
    if number is None:
        return
    kept = schedule.without_order()
    for name in dict.fromkeys(map(point_of, result.requests[:_POINTS])):
        for step in (INTERLEAVE, f"{INTERLEAVE} @after"):
            changed = kept.with_step(name, step)
            if changed is not None:
                yield changed
    yield from (schedule.in_order(smaller) for smaller in range(1, min(number, _PLAIN_ORDERS + 1)))


def _simpler_patterns(schedule: Schedule, plainest: Order) -> Iterator[Schedule]:
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
                    for text in _plainer(step, endpoint, plainest)
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


def _plainer(text: str, endpoint: str, plainest: Order) -> Iterator[str]:
    """Replace a fault by a plainer one: without options, then a common one, or one that comes first in `plainest`."""
    word, often = parted(text)
    bare = re.sub(r"\(.*\)", "", word)
    if plainest is None and bare != word and bare not in ("slow", "drip", "stale", "missing"):
        yield bare + often
    order = _plain_kinds(endpoint, plainest)
    yield from (each + often for each in order[: order.index(word) if word in order else len(order)] if each != bare)


def _plain_kinds(endpoint: str, plainest: Order) -> Tuple[str, ...]:
    """Return the plainest kinds that an endpoint can meet: at a read, a fault after the write is as one before it."""
    order = _PLAINEST if plainest is None else plainest
    return FaultCatalogue(default=order).at(endpoint, order)


def _earlier(schedule: Schedule) -> Iterator[Schedule]:
    """Let the faults of a rule hit one request earlier."""
    for rule, (_, steps) in enumerate(schedule.rules):
        if steps and steps[0] == "ok":
            yield schedule.without(rule, 0, padded=False)
