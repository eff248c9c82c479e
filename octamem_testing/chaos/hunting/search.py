"""The search: which schedule to try next, given what the rounds before it showed. Deterministic from the seed alone."""

from __future__ import annotations

from typing import Dict, Generator, Iterable, Tuple

from octamem_testing.chaos.scenario.trial import STAGES, RequestRecord, Round
from octamem_testing.chaos.schedule.fault_catalogue import Kinds
from octamem_testing.chaos.schedule.schedule import Schedule, Strikes

from .candidates import Candidates
from .injection_points import point_of
from .observations import Shown

__all__ = ["Search"]

Steps = Generator[Tuple[str, str], Round, None]
"""Yields (phase, schedule), takes the round that it made."""

_SHARES = dict(zip(STAGES, (0.55, 0.72, 0.86, 0.95, 0.97, 1.0)))
"""Of all rounds, how many may have been made when a phase ends: what one leaves over, the next may use."""
_DEPTH = 8
"""How often the attempt that made a run succeed is knocked out: the page's client makes 4."""
_FIRST = 6
"""How many schedules in which kinds take turns come before the attempt that succeeded is knocked out."""
_DRAWS = 20
"""Random schedules drawn for each round, at most: of a small program most are soon known."""


class Search:
    """The phases in their order.

    `covered` says, of each, how many schedules ran and struck, of how many there were; `unmet` how many struck nothing.
    """

    def __init__(self, kinds: Kinds, own: Tuple[str, ...], baseline: Round, *, rounds: int, seed: int) -> None:
        self.covered: Dict[str, Tuple[int, int]] = {}
        self.unmet: Dict[str, int] = {}
        self._candidates = Candidates(kinds, own, baseline.requests, seed)
        self._baseline = baseline.requests
        self._rounds = rounds
        self._made = 0
        self._seen: Dict[str, Tuple[RequestRecord, ...]] = {"": baseline.requests}
        self._shown = Shown()

    def steps(self) -> Steps:
        """Go through the phases, until the rounds are used up."""
        yield from self._listed("single", self._candidates.singles())
        yield from self._listed("persistent", self._candidates.persistent())
        yield from self._knock_outs()
        yield from self._listed("pairs", self._candidates.pairs(self._shown))
        yield from self._listed("triples", self._candidates.triples(self._shown))
        yield from self._swarm()

    def _try(self, phase: str, hits: Strikes) -> Generator[Tuple[str, str], Round, Tuple[RequestRecord, ...]]:
        text = str(Schedule.at(hits))
        if text not in self._seen:
            over = yield phase, text
            self._made += 1
            self._seen[text] = over.requests
            if not over.hits:
                self.unmet[phase] = self.unmet.get(phase, 0) + 1
        return self._seen[text]

    def _spent(self, phase: str) -> bool:
        return self._made >= self._rounds * _SHARES[phase]

    def _cover(self, phase: str, ran: int, there_were: int) -> None:
        self.covered[phase] = (ran - self.unmet.get(phase, 0), there_were)

    def _listed(self, phase: str, candidates: Iterable[Strikes]) -> Steps:
        """Try candidates in their order, and say how many there were."""
        fresh: Dict[str, Strikes] = {}
        for hits in candidates:
            text = str(Schedule.at(hits))
            if text not in self._seen:
                fresh.setdefault(text, hits)
        ran = 0
        for hits in fresh.values():
            if self._spent(phase):
                break
            requests = yield from self._try(phase, hits)
            ran += 1
            self._shown.note(hits, requests)
        self._cover(phase, ran, len(fresh))

    def _knock_outs(self) -> Steps:
        """Strike the attempt that made the last run succeed, again and again: with one kind, and with several in turn.

        Before that, let kinds take turns for long. Then where a fault that lasts was given up on after some attempts,
        let the last of them meet another kind, and the first kind go on.
        """
        before, left_out = self._made, 0
        alternations = self._candidates.alternations()
        for turns in alternations[:_FIRST]:
            if not self._spent("knock-out"):
                yield from self._try("knock-out", turns)
        for endpoint in self._candidates.endpoints:
            for kinds in self._candidates.knocking(endpoint):
                yield from self._knocked_out(endpoint, kinds)
        for hits in (*alternations[_FIRST:], *self._candidates.turns(self._shown)):
            if self._spent("knock-out"):
                left_out += 1
            else:
                yield from self._try("knock-out", hits)
        ran = self._made - before
        self._cover("knock-out", ran, ran + left_out)

    def _knocked_out(self, endpoint: str, kinds: Tuple[str, ...]) -> Steps:
        hits: Strikes = {}
        requests = self._baseline
        for depth in range(_DEPTH):
            succeeded = [each for each in requests if each.delivered and each.endpoint == endpoint]
            if not succeeded or self._spent("knock-out"):
                break
            hits[point_of(succeeded[-1])] = kinds[depth % len(kinds)]
            requests = yield from self._try("knock-out", hits)

    def _swarm(self) -> Steps:
        """Draw short schedules, each from a random half of the kinds, until the rounds are used up."""
        ran = drawn = 0
        while self._candidates.endpoints and not self._spent("swarm") and drawn < _DRAWS * self._rounds:
            drawn += 1
            hits = self._candidates.drawn(drawn)
            if str(Schedule.at(hits)) not in self._seen:
                yield from self._try("swarm", hits)
                ran += 1
        self._cover("swarm", ran, ran)
