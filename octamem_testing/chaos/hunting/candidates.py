"""Candidates: what each phase of a search has to try against one program, the most telling first."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Iterator, List, Tuple

from fake_server.core.faults.lies import chance
from octamem_testing.chaos.judge.outcome_invariants import RECOVERED
from octamem_testing.chaos.judge.retry_invariants import REFUSALS
from octamem_testing.chaos.scenario.trial import RequestRecord
from octamem_testing.chaos.schedule.fault_catalogue import Kinds
from octamem_testing.chaos.schedule.schedule import Schedule, Strikes
from octamem_testing.chaos.schedule.steps import parted, word_of

from .injection_points import followers, point_of, ranked
from .observations import Shown

__all__ = ["Candidates"]

_TURNS = 4
"""How many kinds take turns with each other."""
_LONG = 24
"""Steps of kinds that take turns: past any cap on attempts, and past a cap for each of four kinds."""
_ENDING = tuple(map(str, REFUSALS))
"""Kinds after which a sound program gives up, so that nothing can follow them."""
_EARLY = 6
"""How many kinds strike each place before the steps of our own do: a program that stops too late is rarer than one
that doubles."""
_SWARM = 5
"""Faults of a random schedule, at most: short ones find as much, and are read sooner."""


@dataclass(frozen=True)
class Candidates:
    """What there is to try, as the strikes of one schedule each.

    `calm` are the arrivals of the round without faults, `own` the steps beyond a fault script's that the program can
    meet, `seed` that of what is drawn.
    """

    kinds: Kinds
    own: Tuple[str, ...]
    baseline: Tuple[RequestRecord, ...]
    seed: int

    @cached_property
    def endpoints(self) -> Tuple[str, ...]:
        """The endpoints that the program calls, in the order of their first calls."""
        return tuple(name for name in dict.fromkeys(each.endpoint for each in self.baseline) if name)

    @cached_property
    def _first(self) -> List[RequestRecord]:
        return self._groups[0] if self._groups else []  # whoever asks for what is no endpoint alone has no place

    @cached_property
    def _groups(self) -> List[List[RequestRecord]]:
        return ranked(self.baseline)

    def singles(self) -> Iterator[Strikes]:
        """Strike each place with each kind, once."""
        for rank, group in enumerate(self._groups):
            usual = [
                {point_of(each): self.kinds.dated(step, each.at)}
                for step in self.kinds.usual
                for each in group
                if self._fits(step, each)
            ]
            first = _EARLY * len(group)
            yield from usual[:first]
            if rank == 0:
                yield from self._once_each()
            for step in self.kinds.own:
                if word_of(step) in self.own:
                    yield from ({point_of(each): step} for each in group if self._fits(step, each))
            yield from usual[first:]

    def _once_each(self) -> Iterator[Strikes]:
        """Strike the first attempt of each of the first calls, once: of calls in a row, and of calls at once."""
        for apart in (2, 1):
            hits: Strikes = {}
            for each in [each for each in self.baseline if each.endpoint][:RECOVERED]:
                endpoint, _ = point_of(each)
                kinds = self.kinds.at(endpoint, self.kinds.passing(endpoint))
                before = sum(struck == endpoint for struck, _ in hits)
                if kinds:
                    hits[endpoint, 1 + apart * before] = kinds[0]
            if len(hits) > 1:
                yield hits

    def persistent(self) -> Iterator[Strikes]:
        """Strike each place with each kind that lasts, for longer than any cap on attempts and any deadline."""
        for step in self.kinds.at("*", self.kinds.lasting[:2]):
            if _can_last(step):
                yield {("*", 1): f"{step} {self.kinds.lengths()[0]}"}
        for group in self._groups:
            for length in self.kinds.lengths():
                for step in self.kinds.lasting:
                    for each in group:
                        if self._fits(step, each) and _can_last(step):
                            yield {point_of(each): f"{step} {length}"}

    def knocking(self, endpoint: str) -> List[Tuple[str, ...]]:
        """List the kinds with which the attempts that succeed are struck, one after the other: one kind, or several."""
        telling = [step for step in self.kinds.at(endpoint, self.kinds.telling) if _can_go_on(step)]
        return [tuple(kinds) for kinds in (telling[:1], telling[1:4], telling[3:]) if kinds]

    def alternations(self) -> List[Strikes]:
        """Let kinds take turns at the first place of an endpoint and all that follow: each two of them, and all.

        Who counts each kind by itself counts none of them.
        """
        found: List[Tuple[int, Strikes]] = []
        for each in self._first:
            endpoint, first = point_of(each)
            here = self.kinds.at(endpoint, self.kinds.lasting)
            lasting = [step for step in here if _can_go_on(step) and "(" not in step][:_TURNS]
            pairs = list(combinations(lasting, 2))
            for rank, kinds in enumerate([*pairs[:1], tuple(lasting), *pairs[1:]] if pairs else ()):
                turns = {(endpoint, first + turn): kinds[turn % len(kinds)] for turn in range(_LONG)}
                found.append((rank, turns))
        return [turns for _, turns in sorted(found, key=lambda each: each[0])]

    def turns(self, shown: Shown) -> Iterator[Strikes]:
        """Yield one kind up to the attempt before the last, then another once, then the first on and on."""
        first_places = {point_of(each) for each in self._first}
        several = self.kinds.lasting[:_TURNS]
        for (place, first), attempts in shown.given_up.items():
            for other in self.kinds.at(place[0], several):
                if place in first_places and first in several and other != first and _can_last(other) and attempts > 1:
                    yield {
                        place: f"{first} x{attempts - 1}" if attempts > 2 else first,
                        (place[0], place[1] + 1): other,
                        (place[0], place[1] + 2): f"{first} {self.kinds.lengths()[0]}",
                    }

    def pairs(self, shown: Shown) -> List[Strikes]:
        """List the ordered pairs: a telling fault, and another at one of the requests that followed it."""
        ranks = {point_of(each): rank for rank, group in enumerate(self._groups) for each in group}
        found: List[Tuple[Tuple[float, ...], Strikes]] = []
        for (place, first), after in shown.after.items():
            telling = self.kinds.at(place[0], self.kinds.telling)
            if first not in telling or not after:
                continue
            for rank, later in enumerate(followers(after)):
                if point_of(later) == place:  # the first of another key
                    continue
                for second_rank, second in enumerate(self.kinds.at(point_of(later)[0], self.kinds.telling)):
                    key = (ranks.get(place, 0) + rank, telling.index(first) + second_rank, second_rank)
                    found.append((key, {place: first, point_of(later): second}))
        return [hits for _, hits in sorted(found, key=lambda each: each[0])]

    def triples(self, shown: Shown) -> List[Strikes]:
        """List pairs with a third fault after them, in an order drawn from the seed."""
        found: List[Tuple[float, Strikes]] = []
        for pair in self.pairs(shown):
            (place, _), (later, _) = pair.items()
            endpoint, number = max(place, later, key=lambda each: each[1]) if place[0] == later[0] else later
            for third in self.kinds.at(endpoint, self.kinds.telling[:4]):
                hits = {**pair, (endpoint, number + 1): third}
                found.append((chance(self.seed, "triples", str(Schedule.at(hits))), hits))
        return [hits for _, hits in sorted(found, key=lambda each: each[0])]

    def drawn(self, number: int) -> Strikes:
        """Draw the n-th of the short random schedules, from a random half of the kinds; {} where none fits."""

        def draw(*what: object) -> float:
            return chance(self.seed, "swarm", number, *what)

        most = {name: 2 + sum(each.endpoint == name for each in self.baseline) for name in self.endpoints}
        hits: Strikes = {}
        for at in range(1 + int(draw("how many") * _SWARM)):
            endpoint = self.endpoints[int(draw("endpoint", at) * len(self.endpoints))]
            place = endpoint, 1 + int(draw("place", at) * most[endpoint])
            here = [step for step in self.kinds.at(endpoint, self.kinds.usual) if draw("in", step) < 0.5]
            if here:
                step = self.kinds.dated(here[int(draw("kind", at) * len(here))], self.baseline[0].at)
                often = f" x{2 + int(draw('times', at) * 4)}" if _can_last(step) and draw("lasts", at) < 0.25 else ""
                hits[place] = step + often
        return hits

    def _fits(self, step: str, arrival: RequestRecord) -> bool:
        return bool(self.kinds.at(point_of(arrival)[0], (step,)))


def _can_last(step: str) -> bool:
    return not parted(step)[1]


def _can_go_on(step: str) -> bool:
    return _can_last(step) and word_of(step) not in _ENDING
