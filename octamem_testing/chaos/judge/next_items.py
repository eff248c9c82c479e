"""Next items: what a program sends again because its input has it twice is no retry of the first."""

from __future__ import annotations

from dataclasses import replace
from typing import Callable, Dict, List, Optional, Set, Tuple

from octamem_testing.chaos.scenario.calls import FIRST, What
from octamem_testing.chaos.scenario.reruns import Change
from octamem_testing.chaos.scenario.trace import Trace
from octamem_testing.chaos.scenario.trial import RequestRecord, Round

__all__ = ["with_next_items"]

_Caller = Tuple[What, int, int]


def with_next_items(over: Round, matters: Callable[[Round], bool]) -> Optional[Round]:
    """Return a round in which each next item of an input has a caller of its own, None if there is none.

    `matters` says of the round in which every request that may be one is, whether it is worth two more rounds to know.

    A program that remembers what it has stored sends an item of its input only if the same item before it failed. Then
    it comes to its line with that text as often as without faults, where it sent nothing. A retry makes it come to the
    line once more.
    """
    pairs = _pairs(over)
    texts = tuple(sorted({after.text for _, after in pairs if after.text is not None}))
    if over.reruns is None or not texts or not matters(_apart(over, {after.number for _, after in pairs})):
        return None
    usual = over.reruns.play_once("", Change(followed=texts)).trace
    again = over.reruns.play(over.schedule, Change(followed=texts))
    if usual is None or again.trace is None or not _is_same(over, again):
        return None
    new = {after.number for before, after in pairs if _is_next_item(before, after, usual, again.trace)}
    return _apart(over, new) if new else None


def _pairs(over: Round) -> List[Tuple[RequestRecord, RequestRecord]]:
    """Return each request that may be a retry by the program, with the one before it, of what is sent more often."""
    if over.lives > 1 or over.stopped is not None:
        return []
    latest: Dict[_Caller, RequestRecord] = {}
    pairs: List[Tuple[RequestRecord, RequestRecord]] = []
    for request in over.requests:
        before = latest.get(_caller(request))
        latest[_caller(request)] = request
        often = over.baseline.asked[request.what]
        if before is not None and 0 < often < over.asked[request.what] and request.announced in FIRST:
            pairs.append((before, request))
    return pairs


def _is_next_item(before: RequestRecord, after: RequestRecord, usual: Trace, again: Trace) -> bool:
    return after.text is not None and again.came_as_often(usual, after.text, before.number, after.number)


def _is_same(over: Round, again: Round) -> bool:
    return [(each.what, each.at) for each in over.requests] == [(each.what, each.at) for each in again.requests]


def _apart(over: Round, new: Set[int]) -> Round:
    """Give each of the new requests a caller of its own, and so those that go on with it."""
    following = 1 + max(each.caller for each in over.requests)
    callers: Dict[_Caller, int] = {}
    found: List[RequestRecord] = []
    for request in over.requests:
        if request.number in new:
            callers[_caller(request)], following = following, following + 1
        found.append(replace(request, caller=callers.get(_caller(request), request.caller)))
    return replace(over, requests=tuple(found))


def _caller(request: RequestRecord) -> _Caller:
    return request.what, request.account, request.caller
