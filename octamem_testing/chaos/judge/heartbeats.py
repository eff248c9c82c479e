"""Heartbeats: texts that a program sends again as time passes, however well it went with the last of them."""

from __future__ import annotations

from typing import Dict, FrozenSet, Iterable, Optional, Sequence, Tuple

from fake_server.core.clock import TICKS
from octamem_testing.chaos.scenario.calls import What
from octamem_testing.chaos.scenario.reruns import Change
from octamem_testing.chaos.scenario.trial import RequestRecord, Round

__all__ = ["as_slow"]

_SHORTEST = 128.0
"""Seconds for which the baseline is paused at least to see whether anything is sent again as time passes."""
_LONGER = 3
"""How many times as long a pause is in which more beats must come: what is done again once is none."""

_MOMENT = 0.01
"""Seconds by which a pause is longer, so that a beat at the very end of it is there as well."""


def as_slow(over: Round) -> Optional[Round]:
    """Return a baseline with as much time as a round took, None if the program is not to be judged by one.

    Nothing fails in it, but calls take longer. It must differ from the baseline by heartbeats alone: each is sent by
    one caller, again after each success, and more often the longer it takes. What two callers send is a race, and what
    is sent again after a failure a retry. If each heartbeat of the round went well, it may be sent any number of times.
    """
    if over.reruns is None or over.lives > 1:
        return None
    asked = over.baseline.asked
    more = frozenset(what for what, requests in over.alike.items() if _calls(requests) > asked[what])
    hit = {request.what for request in over.hits if asked[request.what]}
    paused = frozenset(hit - more or asked.keys() - more)
    longer = max(0.0, over.seconds - over.baseline.seconds)
    beats = _heartbeats(over, paused, longer) if more and paused else frozenset()
    if not beats:
        return None
    if more <= beats and all(_went_well(over, what) for what in more):
        return _paused(over, paused, longer)
    pauses = tuple((what, length) for what, length in _pauses(over).items() if what not in beats)
    slow = over.reruns.play("", Change(pauses=pauses))
    return slow if slow.error is None and slow.stopped is None and _grown(over.baseline, slow) <= beats else None


def _calls(requests: Sequence[RequestRecord]) -> int:
    return len({request.entry.call.id for request in requests})


def _pauses(over: Round) -> Dict[What, float]:
    """Return how many seconds longer than the baseline a round took at each of its calls that met a fault."""
    ends: Dict[object, Tuple[What, int, int]] = {}
    hit = {request.entry.call.id for request in over.hits}
    for request in over.requests:
        call, end = request.entry.call.id, request.at if request.known is None else request.known
        if call in hit and over.baseline.asked[request.what]:
            _, begin, _ = ends.get(call, (request.what, request.at, 0))
            ends[call] = request.what, begin, end
    pauses: Dict[What, float] = {}
    for what, begin, end in ends.values():
        pauses[what] = pauses.get(what, 0.0) + (end - begin) / TICKS
    left = over.seconds - over.baseline.seconds - sum(pauses.values())
    if pauses and left > 0:  # of waits of the program's own between the calls
        longest = max(pauses, key=lambda what: pauses[what])
        pauses[longest] += left
    return {what: length + _MOMENT for what, length in pauses.items() if length > 0}


def _heartbeats(over: Round, paused: FrozenSet[What], seconds: float) -> FrozenSet[What]:
    """Return what the program sends as heartbeats while calls are paused; nothing if it does anything else as well."""
    slow, longer = _paused(over, paused, seconds), _paused(over, paused, _LONGER * seconds + _SHORTEST)
    grown = frozenset() if slow is None else _grown(over.baseline, slow)
    if slow is None or longer is None or not grown:
        return frozenset()
    return grown if all(_is_heartbeat(what, slow, longer) for what in grown) else frozenset()


def _paused(over: Round, paused: Iterable[What], seconds: float) -> Optional[Round]:
    """Return the baseline in which each of some calls takes much longer than so many seconds, made once for many."""
    length = _SHORTEST
    while length < 2 * seconds:
        length *= 2
    pauses = tuple(sorted(((what, length) for what in paused), key=repr))
    return None if over.reruns is None else over.reruns.play_once("", Change(pauses=pauses))


def _grown(baseline: Round, again: Round) -> FrozenSet[What]:
    """Return what is sent more often, or less often if nothing stopped the round before that."""
    often, asked = again.asked, baseline.asked
    return frozenset(
        what
        for what in {*asked, *often}
        if often[what] > asked[what] or (often[what] < asked[what] and again.stopped is None)
    )


def _is_heartbeat(what: What, slow: Round, longer: Round) -> bool:
    goes_on = longer.asked[what] > slow.asked[what] or slow.stopped is not None
    return goes_on and _went_well(slow, what)


def _went_well(over: Round, what: What) -> bool:
    """Whether one caller sent it each time, and each time with success."""
    beats = over.alike.get(what, ())
    if over.stopped is not None:  # which it was at the last request
        beats = beats[:-1]
    return len({each.caller for each in beats}) == 1 and all(each.delivered for each in beats)
