"""The search: which schedule to try next, given what the rounds before it showed. Deterministic from the seed alone."""

from __future__ import annotations

from itertools import combinations
from typing import Dict, Generator, Iterable, Iterator, List, Tuple

from fake_server.core.lies import chance

from .kinds import Kinds
from .outcomes import RECOVERED
from .round import Arrival, Round
from .schedule import Place, Schedule

__all__ = ["Search"]

Steps = Generator[Tuple[str, str], Round, None]
"""Yields (phase, schedule), takes the round that it made."""

_SHARES = {"single": 0.55, "persistent": 0.72, "knock-out": 0.86, "pairs": 0.95, "triples": 0.97, "swarm": 1.0}
"""Of all rounds, how many may have been made when a phase ends: what one leaves over, the next may use."""
_DEPTH = 8
"""How often the attempt that made a run succeed is knocked out: the page's client makes 4."""
_TURNS = 4
"""How many kinds take turns with each other."""
_FIRST = 6
"""How many schedules in which kinds take turns come before the attempt that succeeded is knocked out."""
_LONG = 24
"""Steps of kinds that take turns: past any cap on attempts, and past a cap for each of four kinds."""
_REFUSALS = ("400", "401", "403", "404")
"""Kinds after which a sound program gives up, so that nothing can follow them."""
_LATER = 3
"""How many of the requests that follow a fault are struck second."""
_SWARM = 5
"""Faults of a random schedule, at most: short ones find as much, and are read sooner."""


class Search:
    """The phases in their order.

    `covered` says, of each, how many schedules ran and struck, of how many there were; `unmet` how many struck nothing.
    """

    def __init__(self, kinds: Kinds, own: Tuple[str, ...], calm: Round, *, rounds: int, seed: int) -> None:
        self.covered: Dict[str, Tuple[int, int]] = {}
        self.unmet: Dict[str, int] = {}
        self._kinds = kinds
        self._own = tuple(step for step in kinds.own if step.startswith(own)) if own else ()
        self._calm = calm
        self._rounds = rounds
        self._made = 0
        self._seed = seed
        self._seen: Dict[str, Tuple[Arrival, ...]] = {"": calm.arrivals}
        self._after: Dict[Tuple[Place, str], Tuple[Arrival, ...]] = {}
        self._given_up: Dict[Tuple[Place, str], int] = {}
        self._places = _ranked(calm.arrivals)

    def steps(self) -> Steps:
        """Go through the phases, until the rounds are used up."""
        yield from self._listed("single", self._singles())
        yield from self._listed("persistent", self._persistent())
        yield from self._knock_outs()
        yield from self._listed("pairs", self._pairs())
        yield from self._listed("triples", self._triples())
        yield from self._swarm()

    def _try(self, phase: str, strikes: Dict[Place, str]) -> Generator[Tuple[str, str], Round, Tuple[Arrival, ...]]:
        text = str(Schedule.at(strikes))
        if text not in self._seen:
            over = yield phase, text
            self._made += 1
            self._seen[text] = over.arrivals
            if not over.strikes:
                self.unmet[phase] = self.unmet.get(phase, 0) + 1
        return self._seen[text]

    def _spent(self, phase: str) -> bool:
        return self._made >= self._rounds * _SHARES[phase]

    def _listed(self, phase: str, candidates: Iterable[Dict[Place, str]]) -> Steps:
        """Try candidates in their order, and say how many there were."""
        fresh: Dict[str, Dict[Place, str]] = {}
        for strikes in candidates:
            text = str(Schedule.at(strikes))
            if text not in self._seen:
                fresh.setdefault(text, strikes)
        ran = 0
        for strikes in fresh.values():
            if self._spent(phase):
                break
            arrivals = yield from self._try(phase, strikes)
            ran += 1
            self._note(strikes, arrivals)
        self.covered[phase] = (ran - self.unmet.get(phase, 0), len(fresh))

    def _note(self, strikes: Dict[Place, str], arrivals: Tuple[Arrival, ...]) -> None:
        """Remember what came after a fault, where a second may strike, and when one that lasts was given up on."""
        if len(strikes) > 1:
            return
        ((place, step),) = strikes.items()
        at = next((each.number for each in arrivals if _of(each) == place), None)
        if at is None:
            return
        first = step.partition(" x")[0].partition(" for ")[0]
        if first == step:
            self._after[place, step] = arrivals[at - 1 :]
        else:
            struck = arrivals[at - 1]
            self._given_up.setdefault((place, first), sum(each.what == struck.what for each in arrivals[at - 1 :]))

    def _singles(self) -> Iterator[Dict[Place, str]]:
        for group in self._places:
            own = [{(_of(each)): step} for step in self._own for each in group if self._kinds.at(_of(each)[0], (step,))]
            usual: List[Dict[Place, str]] = [
                {_of(each): self._kinds.dated(step, each.at)}
                for step in self._kinds.usual
                for each in group
                if self._kinds.at(_of(each)[0], (step,))
            ]
            # Our own after the few most telling: a program that stops too late is rarer than one that doubles.
            first = 6 * len(group)
            yield from usual[:first]
            if group is self._places[0]:
                yield from self._once_each()
            yield from own
            yield from usual[first:]

    def _once_each(self) -> Iterator[Dict[Place, str]]:
        """Strike the first attempt of each of the first calls, once: of calls in a row, and of calls at once."""
        for apart in (2, 1):
            strikes: Dict[Place, str] = {}
            for each in [each for each in self._calm.arrivals if each.endpoint][:RECOVERED]:
                endpoint = _of(each)[0]
                kinds = self._kinds.at(endpoint, self._kinds.passing(endpoint))
                before = sum(struck == endpoint for struck, _ in strikes)
                if kinds:
                    strikes[endpoint, 1 + apart * before] = kinds[0]
            if len(strikes) > 1:
                yield strikes

    def _persistent(self) -> Iterator[Dict[Place, str]]:
        for step in self._kinds.at("*", self._kinds.lasting[:2]):
            if _can_last(step):
                yield {("*", 1): f"{step} {self._kinds.lengths()[0]}"}
        for group in self._places:
            for length in self._kinds.lengths():
                for step in self._kinds.lasting:
                    for each in group:
                        place = _of(each)
                        if self._kinds.at(place[0], (step,)) and _can_last(step):
                            yield {place: f"{step} {length}"}

    def _knock_outs(self) -> Steps:
        """Strike the attempt that made the last run succeed, again and again: with one kind, and with several in turn.

        Before that, let kinds take turns for long, since who counts each of them by itself counts none of them.
        Then where a fault that lasts was given up on after some attempts, let the last of them meet another kind, and
        the first kind go on.
        """
        before, left_out = self._made, 0
        alternations = self._alternations()
        for turns in alternations[:_FIRST]:
            if not self._spent("knock-out"):
                yield from self._try("knock-out", turns)
        for endpoint in dict.fromkeys(_of(each)[0] for each in self._calm.arrivals if each.endpoint):
            telling = [
                step
                for step in self._kinds.at(endpoint, self._kinds.telling)
                if _can_last(step) and not step.startswith(_REFUSALS)
            ]
            for kinds in (telling[:1], telling[1:4], telling[3:]):
                strikes: Dict[Place, str] = {}
                arrivals = self._calm.arrivals
                for depth in range(_DEPTH if kinds else 0):
                    succeeded = [each for each in arrivals if each.delivered and each.endpoint == endpoint]
                    if not succeeded or self._spent("knock-out"):
                        break
                    strikes[_of(succeeded[-1])] = kinds[depth % len(kinds)]
                    arrivals = yield from self._try("knock-out", strikes)
        for strikes in (*alternations[_FIRST:], *self._turns()):
            if self._spent("knock-out"):
                left_out += 1
            else:
                yield from self._try("knock-out", strikes)
        ran = self._made - before
        self.covered["knock-out"] = (ran - self.unmet.get("knock-out", 0), ran + left_out)

    def _alternations(self) -> List[Dict[Place, str]]:
        """Let kinds take turns at the first place of an endpoint and all that follow: each two of them, and all."""
        found: List[Tuple[int, Dict[Place, str]]] = []
        for each in self._places[0]:
            endpoint, first = _of(each)
            lasting = [
                step
                for step in self._kinds.at(endpoint, self._kinds.lasting)
                if _can_last(step) and not step.startswith(_REFUSALS) and "(" not in step
            ][:_TURNS]
            pairs = list(combinations(lasting, 2))
            for rank, kinds in enumerate([*pairs[:1], tuple(lasting), *pairs[1:]] if pairs else ()):
                turns = {(endpoint, first + turn): kinds[turn % len(kinds)] for turn in range(_LONG)}
                found.append((rank, turns))
        return [turns for _, turns in sorted(found, key=lambda each: each[0])]

    def _turns(self) -> Iterator[Dict[Place, str]]:
        """Yield one kind up to the attempt before the last, then another once, then the first on and on."""
        first_places = {_of(each) for each in self._places[0]}
        several = self._kinds.lasting[:_TURNS]
        for (place, first), attempts in self._given_up.items():
            for other in self._kinds.at(place[0], several):
                if place in first_places and first in several and other != first and _can_last(other) and attempts > 1:
                    yield {
                        place: f"{first} x{attempts - 1}" if attempts > 2 else first,
                        (place[0], place[1] + 1): other,
                        (place[0], place[1] + 2): f"{first} {self._kinds.lengths()[0]}",
                    }

    def _pairs(self) -> List[Dict[Place, str]]:
        """List the ordered pairs: a telling fault, and another at one of the requests that followed it."""
        ranks = {_of(each): rank for rank, group in enumerate(self._places) for each in group}
        found: List[Tuple[Tuple[float, ...], Dict[Place, str]]] = []
        for (place, first), after in self._after.items():
            telling = self._kinds.at(place[0], self._kinds.telling)
            if first not in telling or not after:
                continue
            for rank, later in enumerate(_followers(after)):
                if _of(later) == place:  # the first of another key
                    continue
                for second_rank, second in enumerate(self._kinds.at(_of(later)[0], self._kinds.telling)):
                    key = (ranks.get(place, 0) + rank, telling.index(first) + second_rank, second_rank)
                    found.append((key, {place: first, _of(later): second}))
        return [strikes for _, strikes in sorted(found, key=lambda each: each[0])]

    def _triples(self) -> List[Dict[Place, str]]:
        """List pairs with a third fault after them, in an order drawn from the seed."""
        found: List[Tuple[float, Dict[Place, str]]] = []
        for pair in self._pairs():
            (place, _), (later, _) = pair.items()
            endpoint, number = max(place, later, key=lambda each: each[1]) if place[0] == later[0] else later
            for third in self._kinds.at(endpoint, self._kinds.telling[:4]):
                strikes = {**pair, (endpoint, number + 1): third}
                found.append((chance(self._seed, "triples", str(Schedule.at(strikes))), strikes))
        return [strikes for _, strikes in sorted(found, key=lambda each: each[0])]

    def _swarm(self) -> Steps:
        """Draw short schedules, each from a random half of the kinds, until the rounds are used up."""
        ran = drawn = 0
        endpoints = [name for name in dict.fromkeys(each.endpoint for each in self._calm.arrivals) if name]
        while endpoints and not self._spent("swarm") and drawn < 20 * self._rounds:
            drawn += 1
            strikes = self._drawn(drawn, endpoints)
            if str(Schedule.at(strikes)) not in self._seen:
                yield from self._try("swarm", strikes)
                ran += 1
        self.covered["swarm"] = (ran - self.unmet.get("swarm", 0), ran)

    def _drawn(self, number: int, endpoints: List[str]) -> Dict[Place, str]:
        def draw(*what: object) -> float:
            return chance(self._seed, "swarm", number, *what)

        most = {name: 2 + sum(each.endpoint == name for each in self._calm.arrivals) for name in endpoints}
        strikes: Dict[Place, str] = {}
        for at in range(1 + int(draw("how many") * _SWARM)):
            endpoint = endpoints[int(draw("endpoint", at) * len(endpoints))]
            place = endpoint, 1 + int(draw("place", at) * most[endpoint])
            here = [step for step in self._kinds.at(endpoint, self._kinds.usual) if draw("in", step) < 0.5]
            if here:
                step = self._kinds.dated(here[int(draw("kind", at) * len(here))], self._calm.arrivals[0].at)
                often = f" x{2 + int(draw('times', at) * 4)}" if _can_last(step) and draw("lasts", at) < 0.25 else ""
                strikes[place] = step + often
        return strikes


def _of(arrival: Arrival) -> Place:
    return arrival.endpoint or "*", arrival.place


def _can_last(step: str) -> bool:
    return not any(f" {word}" in step for word in ("x", "for ")) and "%" not in step


def _ranked(arrivals: Tuple[Arrival, ...]) -> List[List[Arrival]]:
    """Sort the places: the first of each endpoint, then the last, then those between, in the order they came."""
    known = [each for each in arrivals if each.endpoint is not None]
    places: Dict[Place, Arrival] = {}
    for each in known:
        places.setdefault(_of(each), each)
    first: Dict[str, Arrival] = {}
    last: Dict[str, Arrival] = {}
    for (endpoint, _), each in places.items():
        first.setdefault(endpoint, each)
        last[endpoint] = each
    ends = [each for each in last.values() if each not in first.values()]
    middle = [each for each in places.values() if each not in first.values() and each not in ends]
    return [group for group in (list(first.values()), ends, middle) if group]


def _followers(after: Tuple[Arrival, ...]) -> List[Arrival]:
    """Choose who is struck second: the retry of what was struck first, then whoever comes next."""
    struck, *rest = after
    retry = [each for each in rest if each.what == struck.what][:1]
    return [*retry, *(each for each in rest if each not in retry and each.endpoint)][:_LATER]
