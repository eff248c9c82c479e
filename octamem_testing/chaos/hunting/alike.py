"""Alike calls: many calls of one endpoint are hit in one round, and whichever of them ends unlike the rest stands out.

A program with a hundred adds has more injection points than a hunt has rounds. A fault at each of them, in one round,
reaches them all. Invariants that hold however many faults there are judge such a round; the others judge the rounds
that hit a call alone which stood out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Dict, Iterable, List, Sequence, Set, Tuple

from octamem_testing.chaos.scenario.trial import RequestRecord, Round
from octamem_testing.chaos.schedule.schedule import InjectedFaults
from octamem_testing.chaos.schedule.steps import step_text

from .injection_points import point_of

__all__ = ["AlikeCalls", "alike_calls", "halves", "standing_out"]

MANY = 8
"""The most calls of an endpoint that are each hit alone, in a round of their own."""
_FEW = 3
"""The most calls that stand out among others."""
_CLASSES = 6
"""The most kinds of calls that are told apart by what stands around them."""

What = Tuple[object, bytes]


@dataclass(frozen=True)
class AlikeCalls:
    """The calls of one endpoint in the baseline, if there are many; `around` are all requests of the baseline."""

    endpoint: str
    calls: Tuple[RequestRecord, ...]
    around: Tuple[RequestRecord, ...]

    def without(self, done: Set[What]) -> AlikeCalls:
        """Return those of the calls that are still to be hit."""
        return AlikeCalls(self.endpoint, tuple(each for each in self.calls if each.what not in done), self.around)

    def all_hit(self, step: str, *, retries: int) -> InjectedFaults:
        """Hit the first attempt of each call, of which each is followed by so many retries before the next call."""
        return {(self.endpoint, each.nth + retries * before): step for before, each in enumerate(self.calls)}

    def outcomes(self, result: Round) -> Dict[What, Tuple[bool, ...]]:
        """Return for each call that was hit whether it was tried again, answered, and claimed as without faults."""
        calls = {each.what: each for each in self.calls}
        attempts = Counter(each.what for each in result.requests)
        answered = {each.what for each in result.requests if each.delivered}
        lost = result.baseline.claims.amount - result.claims.amount
        return {
            what: (attempts[what] > 1, what in answered, not lost[calls[what].text or ""])
            for what in dict.fromkeys(each.what for each in result.hits)
            if what in calls
        }

    def unlike(self) -> List[RequestRecord]:
        """Return the first call of each kind, told by what stands around it, except the kinds of the two ends."""
        before = {each.number: each.endpoint for each in self.around}
        kinds: Dict[Tuple[object, ...], RequestRecord] = {}
        contexts = {each.context for each in self.calls}
        few = len(contexts) <= _CLASSES
        ends = set()
        for call in self.calls:
            context: object = call.context if few else bool(call.context)
            kind = (context, call.account, call.sender, before.get(call.number - 1), before.get(call.number + 1))
            kinds.setdefault(kind, call)
            if call is self.calls[-1]:
                ends.add(kind)
        found = [call for kind, call in kinds.items() if kind not in ends and call is not self.calls[0]]
        return found[:_CLASSES]


def alike_calls(baseline: Sequence[RequestRecord]) -> List[AlikeCalls]:
    """Return the calls of each endpoint that has many different ones."""
    found: Dict[str, Dict[What, RequestRecord]] = {}
    for each in baseline:
        if each.endpoint is not None and each.account == 1:
            found.setdefault(each.endpoint, {}).setdefault(each.what, each)
    return [
        AlikeCalls(endpoint, tuple(calls.values()), tuple(baseline))
        for endpoint, calls in found.items()
        if len(calls) > MANY
    ]


def standing_out(outcomes: Dict[What, Tuple[bool, ...]]) -> Set[What]:
    """Return the calls that ended unlike most of the others."""
    often = Counter(outcomes.values())
    if len(often) == 1 or not often:
        return set()
    usual, _ = often.most_common(1)[0]
    return {what for what, outcome in outcomes.items() if outcome != usual and often[outcome] <= _FEW}


def halves(result: Round) -> Iterable[InjectedFaults]:
    """Yield schedules for fewer of the calls that a round hit: the last of them, one half of them, and the other."""
    calls = list(dict.fromkeys(each.what for each in result.hits))
    if len(calls) <= _FEW:
        return
    middle = len(calls) // 2
    for kept in (calls[-1:], calls[:middle], calls[middle:]):
        yield _of_calls(result, set(kept))


def _of_calls(result: Round, kept: Set[What]) -> InjectedFaults:
    """Return the faults that a round met at some calls, each at the number that its request has without the others."""
    often = result.baseline.asked
    seen: Dict[object, int] = {}
    numbers: Dict[Tuple[object, int], int] = {}
    injected: InjectedFaults = {}
    for each in result.requests:
        seen[each.what] = seen.get(each.what, 0) + 1
        if each.what not in kept and seen[each.what] > often[each.what]:
            continue  # without its fault there is no such retry
        endpoint, _ = point_of(each)
        number = numbers[endpoint, each.account] = numbers.get((endpoint, each.account), 0) + 1
        if each.what in kept and each.fault is not None:
            injected[endpoint, number] = step_text(endpoint, each.fault)
    return injected
