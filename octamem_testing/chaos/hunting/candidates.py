"""Candidates: the schedules that each stage of a hunt tries on one program, those of high yield first."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Iterable, Iterator, List, Tuple

from fake_server.core.faults.lies import chance
from octamem_testing.chaos.judge.recovery import RECOVERED
from octamem_testing.chaos.scenario.trial import RequestRecord
from octamem_testing.chaos.schedule.fault_catalogue import LENGTHS, PAST, FaultCatalogue, dated
from octamem_testing.chaos.schedule.schedule import InjectedFaults, Schedule
from octamem_testing.chaos.schedule.steps import CRASH, INTERLEAVE, parted, word_of
from octamem_testing.invariants.rules import REFUSALS
from octamem_testing.virtual_time.threads.order import SERIAL

from .alike import AlikeCalls, alike_calls
from .injection_points import followers, point_of, ranked
from .observations import Observations

__all__ = ["Candidates"]

_TURNS = 4
"""The most kinds that take turns."""
_LONG = 24
"""Steps in which kinds take turns: more than any cap on attempts, and more than a cap for each of four kinds."""
_ENDING = tuple(map(str, REFUSALS))
"""Kinds after which a correct program gives up, so that nothing follows them."""
_EARLY = 6
"""How many kinds are tried at each injection point before the steps of chaos itself, such as `cancel`: programs that
store twice are more common than programs that stop too late."""
_ORDERS = 9990
"""How many orders there are to draw from: numbers of at most four digits."""
_FAULTS_IN_ORDERS = 4
"""How many kinds of faults are combined with an order."""
_SWARM = 5
"""The most faults of a random schedule: short ones find as much, and are easier to read."""


@dataclass(frozen=True)
class Candidates:
    """The candidates of each stage, each as the injected faults of one schedule.

    `baseline` are the requests of the round without faults, `own` the steps of chaos itself that the program can meet,
    `seed` is that of the random schedules.
    """

    catalogue: FaultCatalogue
    own: Tuple[str, ...]
    baseline: Tuple[RequestRecord, ...]
    seed: int

    @cached_property
    def endpoints(self) -> Tuple[str, ...]:
        """The endpoints that the program calls, in the order of their first calls."""
        return tuple(name for name in dict.fromkeys(each.endpoint for each in self.baseline) if name)

    @cached_property
    def _first(self) -> List[RequestRecord]:
        return self._groups[0] if self._groups else []  # a program that calls unknown endpoints alone has none

    @cached_property
    def _groups(self) -> List[List[RequestRecord]]:
        return ranked(self.baseline)

    @cached_property
    def alike(self) -> List[AlikeCalls]:
        """The calls of each endpoint that are too many to be hit one by one."""
        return alike_calls(self.baseline)

    def singles(self) -> Iterator[InjectedFaults]:
        """Inject each kind once at each injection point, except those between the ends of many alike ones."""
        for rank, group in enumerate(self._few_of(self._groups)):
            default = [
                {point_of(each): dated(step, each.at)}
                for step in self.catalogue.default
                for each in group
                if self._fits(step, each)
            ]
            first = _EARLY * len(group)
            yield from default[:first]
            if rank == 0:
                yield from self._once_each()
            for step in self.catalogue.own:
                if word_of(step) in self.own:
                    yield from ({point_of(each): step} for each in group if self._fits(step, each))
            yield from default[first:]

    def _few_of(self, groups: List[List[RequestRecord]]) -> Iterator[List[RequestRecord]]:
        many = {each.endpoint for each in self.alike}
        ends = {point_of(each) for group in groups[:2] for each in group}
        for group in groups:
            yield [each for each in group if each.endpoint not in many or point_of(each) in ends]

    def alike_kinds(self, endpoint: str) -> Tuple[str, ...]:
        """Return the kinds that hit many alike calls in one round: those that take no time."""
        return tuple(step for step in self.catalogue.at(endpoint, self.catalogue.for_many) if word_of(step) != "hang")

    def unlike(self) -> Iterator[InjectedFaults]:
        """Hit the calls that differ from the alike ones around them, and then each of those."""
        for each in self.alike:
            for step in self.catalogue.at(each.endpoint, self.catalogue.high_yield):
                yield from ({point_of(call): step} for call in each.unlike())

    def between(self) -> Iterator[InjectedFaults]:
        """Hit each of many alike calls alone."""
        for each in self.alike:
            for step in self.catalogue.at(each.endpoint, self.catalogue.default):
                yield from ({point_of(call): dated(step, call.at)} for call in each.calls)

    def runs(self, observations: Observations) -> Iterator[InjectedFaults]:
        """Inject one kind for as long as a call is tried, so that it fails, and its batch may be begun again.

        The last call of each endpoint comes first, and the others at the end. In between stop the runs before the last
        attempt that the program makes.
        """
        last = {each.endpoint: each for each in self.baseline if each.endpoint}
        yield from self._failing(last.values(), observations)
        first_points = {point_of(each) for each in self._first}
        for ((endpoint, number), step), attempts in observations.attempts.items():
            if (endpoint, number) in first_points and step in self.catalogue.transient(endpoint):
                yield {(endpoint, number + after): step for after in range(attempts - 1)}
        yield from self._failing((each for group in self._groups for each in group), observations)

    def _failing(self, calls: Iterable[RequestRecord], observations: Observations) -> Iterator[InjectedFaults]:
        """Let each of the calls fail, by a transient kind that comes as often as the program tries it in a row."""
        for endpoint, number in map(point_of, calls):
            transient = self.catalogue.transient(endpoint)
            step = next((each for each in self.catalogue.persistent if each in transient), "")
            often = observations.tried_in_a_row((endpoint, number), step)
            if often > 1:
                yield {(endpoint, number + after): step for after in range(often)}

    def odd(self) -> Iterator[InjectedFaults]:
        """Inject each odd Retry-After once, at one endpoint after the other, and then at the others.

        A date in the past comes twice: a program may obey it once.
        """
        for turn in range(len(self._first)):
            for at, step in enumerate(self.catalogue.odd):
                each = self._first[(at + turn) % len(self._first)]
                yield {point_of(each): dated(step, each.at) + (" x2" if step == PAST else "")}

    def _once_each(self) -> Iterator[InjectedFaults]:
        """Hit the first attempt of each of the first calls, as if they come one by one, and as if at once."""
        for apart in (2, 1):
            injected: InjectedFaults = {}
            for each in [each for each in self.baseline if each.endpoint][:RECOVERED]:
                endpoint, _ = point_of(each)
                kinds = self.catalogue.at(endpoint, self.catalogue.transient(endpoint))
                before = sum(hit == endpoint for hit, _ in injected)
                if kinds:
                    injected[endpoint, 1 + apart * before] = kinds[0]
            if len(injected) > 1:
                yield injected

    def persistent(self) -> Iterator[InjectedFaults]:
        """Inject each persistent kind at each injection point, past any cap on attempts and past any deadline."""
        for step in self.catalogue.at("*", self.catalogue.persistent[:2]):
            if _can_last(step):
                yield {("*", 1): f"{step} {LENGTHS[0]}"}
        for group in self._groups:
            for length in LENGTHS:
                for step in self.catalogue.persistent:
                    for each in group:
                        if self._fits(step, each) and _can_last(step):
                            yield {point_of(each): f"{step} {length}"}

    def orders(self, most: int) -> Iterator[str]:
        """Let all others go first at one request, up to half of the orders; then draw orders, every third with a fault.

        The orders without a change point are among the first.
        """
        points = [point_of(each) for group in self._groups for each in group][: most // 2 - len(SERIAL)]
        held = [str(Schedule.at({point: INTERLEAVE})) for point in points]
        yield from (*map(_in_order, SERIAL[:2]), *held, *map(_in_order, SERIAL[2:]))
        faults = [
            str(Schedule.at({point_of(each): step}))
            for step in self.catalogue.high_yield[:_FAULTS_IN_ORDERS]
            for each in self._first
            if self._fits(step, each) and word_of(step) != INTERLEAVE
        ]
        for at in range(most - len(held) - len(SERIAL)):
            order = _in_order(len(SERIAL) + 1 + int(chance(self.seed, "order", at) * _ORDERS))
            yield f"{faults[at // 3 % len(faults)]}; {order}" if at % 3 == 2 and faults else order

    def knock_outs(self, endpoint: str) -> List[Tuple[str, ...]]:
        """Return the kinds that hit one successful attempt after another: one kind, or several in turn."""
        high_yield = [step for step in self.catalogue.at(endpoint, self.catalogue.high_yield) if _can_go_on(step)]
        return [tuple(kinds) for kinds in (high_yield[:1], high_yield[1:4], high_yield[3:]) if kinds]

    def alternations(self) -> List[InjectedFaults]:
        """Let kinds take turns from the first request of an endpoint on: each two of them, and all.

        A program that counts each kind by itself never reaches its cap.
        """
        found: List[Tuple[int, InjectedFaults]] = []
        for each in self._first:
            endpoint, first = point_of(each)
            here = self.catalogue.at(endpoint, self.catalogue.persistent)
            persistent = [step for step in here if _can_go_on(step) and "(" not in step][:_TURNS]
            pairs = list(combinations(persistent, 2))
            for rank, kinds in enumerate([*pairs[:1], tuple(persistent), *pairs[1:]] if pairs else ()):
                turns = {(endpoint, first + turn): kinds[turn % len(kinds)] for turn in range(_LONG)}
                found.append((rank, turns))
        return [turns for _, turns in sorted(found, key=lambda each: each[0])]

    def turns(self, observations: Observations) -> Iterator[InjectedFaults]:
        """Inject one kind up to the attempt before the last, then another kind once, then the first for long."""
        first_points = {point_of(each) for each in self._first}
        several = self.catalogue.persistent[:_TURNS]
        for (point, first), attempts in observations.attempts.items():
            for other in self.catalogue.at(point[0], several):
                if point in first_points and first in several and other != first and _can_last(other) and attempts > 1:
                    yield {
                        point: f"{first} x{attempts - 1}" if attempts > 2 else first,
                        (point[0], point[1] + 1): other,
                        (point[0], point[1] + 2): f"{first} {LENGTHS[0]}",
                    }

    def pairs(self, observations: Observations) -> List[InjectedFaults]:
        """Return the ordered pairs: a high-yield fault, and another at one of the requests that followed it."""
        ranks = {point_of(each): rank for rank, group in enumerate(self._groups) for each in group}
        found: List[Tuple[Tuple[float, ...], InjectedFaults]] = []
        for (point, first), after in observations.after.items():
            high_yield = self.catalogue.at(point[0], self._high_yield)
            if first not in high_yield or not after:
                continue
            for rank, later in enumerate(followers(after)):
                if point_of(later) == point:  # it is the same request number with another key
                    continue
                for second_rank, second in enumerate(self.catalogue.at(point_of(later)[0], self._high_yield)):
                    key = (ranks.get(point, 0) + rank, high_yield.index(first) + second_rank, second_rank)
                    found.append((key, {point: first, point_of(later): second}))
        return [injected for _, injected in sorted(found, key=lambda each: each[0])]

    @property
    def _high_yield(self) -> Tuple[str, ...]:
        """The steps that make pairs: those of high yield, and crashes where there can be any."""
        crashes = tuple(step for step in self.catalogue.own if word_of(step) == CRASH and CRASH in self.own)
        return (*self.catalogue.high_yield, *crashes)

    def triples(self, observations: Observations) -> List[InjectedFaults]:
        """Return the pairs with a third fault after them, in an order drawn from the seed."""
        found: List[Tuple[float, InjectedFaults]] = []
        for pair in self.pairs(observations):
            (point, _), (later, _) = pair.items()
            endpoint, number = max(point, later, key=lambda each: each[1]) if point[0] == later[0] else later
            for third in self.catalogue.at(endpoint, self.catalogue.high_yield[:4]):
                injected = {**pair, (endpoint, number + 1): third}
                found.append((chance(self.seed, "triples", str(Schedule.at(injected))), injected))
        return [injected for _, injected in sorted(found, key=lambda each: each[0])]

    def drawn(self, number: int) -> InjectedFaults:
        """Draw the n-th of the short random schedules, from a random half of the kinds; {} if none fits."""

        def draw(*what: object) -> float:
            return chance(self.seed, "swarm", number, *what)

        most = {name: 2 + sum(each.endpoint == name for each in self.baseline) for name in self.endpoints}
        injected: InjectedFaults = {}
        for at in range(1 + int(draw("how many") * _SWARM)):
            endpoint = self.endpoints[int(draw("endpoint", at) * len(self.endpoints))]
            point = endpoint, 1 + int(draw("place", at) * most[endpoint])
            here = [step for step in self.catalogue.at(endpoint, self.catalogue.default) if draw("in", step) < 0.5]
            if here:
                step = dated(here[int(draw("kind", at) * len(here))], self.baseline[0].at)
                often = f" x{2 + int(draw('times', at) * 4)}" if _can_last(step) and draw("lasts", at) < 0.25 else ""
                injected[point] = step + often
        return injected

    def _fits(self, step: str, request: RequestRecord) -> bool:
        return bool(self.catalogue.at(point_of(request)[0], (step,)))


def _in_order(number: int) -> str:
    return f"*: {INTERLEAVE}({number})"


def _can_last(step: str) -> bool:
    return not parted(step)[1]


def _can_go_on(step: str) -> bool:
    return _can_last(step) and word_of(step) not in _ENDING
