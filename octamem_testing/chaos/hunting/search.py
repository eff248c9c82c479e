"""The search: which schedule comes next, given what earlier rounds showed; the seed alone decides its order."""

from __future__ import annotations

from itertools import islice
from math import ceil, inf
from sys import maxsize
from typing import Callable, Dict, Generator, Iterable, List, Optional, Sequence, Tuple

from octamem_testing.chaos.scenario.trial import ROUNDS, STAGES, RequestRecord, Round
from octamem_testing.chaos.schedule.fault_catalogue import FaultCatalogue
from octamem_testing.chaos.schedule.schedule import InjectedFaults, Schedule

from .alike import AlikeCalls, standing_out
from .candidates import Candidates
from .injection_points import point_of
from .observations import Observations
from .time_limit import TimeLimit

__all__ = ["Search"]

Steps = Generator[Tuple[str, str], Round, None]
"""Yields (stage, schedule), and is sent the round that was made of it."""

_SHARES = dict(zip(STAGES, (1.0, 0.55, 0.66, 0.72, 0.86, 0.94, 1.0, 0.96, 0.985, 0.99, 1.0)))
"""The share of all rounds that may be used up when a stage ends; what one stage leaves, the next may use."""
_SHARES_OF_SEVERAL = dict(zip(STAGES, (1.0, 0.55, 0.66, 0.68, 0.78, 0.84, 1.0, 0.96, 0.985, 0.99, 1.0)))
"""The shares if the program has several threads or tasks: something is left for their orders."""
_ORDERS = 0.1
"""The share of all rounds that is spent on orders of threads and tasks."""
_DEPTH = 8
"""How often the successful attempt is knocked out: the documented client makes 4 attempts."""
_FIRST = 6
"""How many schedules in which kinds take turns come before the knock-outs."""
_LEAST_ORDERS = 10
"""The fewest orders of threads and tasks that are tried, of hunts with few rounds."""
_INDEPENDENT = ("pairs", "interleave", "runs", "odd", "triples", "swarm")
"""Stages of which no later round depends on any."""
_OFFERED = 64
"""The random schedules that are drawn at a time, so that several processes can share them."""
_DRAWS = 20
"""The most random schedules drawn for each round: most schedules of a small program are soon known."""


class Search:
    """The stages of a hunt, in their order.

    `covered` says of each stage how many of its schedules injected a fault, and how many there were; `unmet` says how
    many injected none. `is_out_of_time` says whether the time limit ended the search. `only` is the number of a part
    and that of all parts; of the others the rounds are left out on which no later one depends, and `left_out` counts
    them.
    """

    def __init__(
        self,
        catalogue: FaultCatalogue,
        own: Tuple[str, ...],
        baseline: Round,
        *,
        rounds: float,
        seed: int,
        limit: TimeLimit,
        kept: Tuple[str, ...] = (),
        only: Optional[Tuple[int, int]] = None,
    ) -> None:
        self.covered: Dict[str, Tuple[int, int]] = {}
        self.unmet: Dict[str, int] = {}
        self.is_out_of_time = False
        self.left_out = 0
        self._candidates = Candidates(catalogue, own, baseline.requests, seed)
        self._baseline = baseline.requests
        self._concurrent = baseline.concurrent and catalogue.interleaves
        self._rounds = rounds
        self._limit = limit
        self._kept = kept
        self._only = only
        self._made = 0
        self._known: Dict[str, Tuple[RequestRecord, ...]] = {"": baseline.requests}
        self._observations = Observations()
        self.offer: Callable[[Sequence[str]], None] = lambda _schedules: None  # is told what comes next

    def steps(self) -> Steps:
        """Go through the stages until the rounds are used up."""
        yield from self._in_turn("kept", self._kept)
        yield from self._listed("single", self._candidates.singles())
        yield from self._alike()
        yield from self._listed("persistent", self._candidates.persistent())
        yield from self._knock_outs()
        yield from self._listed("pairs", self._candidates.pairs(self._observations))
        yield from self._interleaved()
        yield from self._listed("runs", self._candidates.runs(self._observations))
        yield from self._listed("odd", self._candidates.odd())
        yield from self._listed("triples", self._candidates.triples(self._observations))
        yield from self._swarm()

    def _try(
        self, stage: str, text: str, at: Optional[int] = None
    ) -> Generator[Tuple[str, str], Round, Tuple[RequestRecord, ...]]:
        """Make the round of a schedule, once; the place `at` among its stage's says whose it is."""
        if text not in self._known:
            if self._is_left_out(stage, at):
                self._made += 1
                self.left_out += 1
                self._known[text] = ()
            else:
                yield from self._make(stage, text)
        return self._known[text]

    def _is_left_out(self, stage: str, at: Optional[int]) -> bool:
        """Whether a round is that of another part, and shows nothing that a later one depends on."""
        if self._only is None or at is None or stage not in _INDEPENDENT:
            return False
        number, parts = self._only
        return at % parts != number - 1

    def _make(self, stage: str, text: str) -> Generator[Tuple[str, str], Round, Round]:
        result = yield stage, text
        self._made += 1
        self._known[text] = result.requests
        if not result.met:
            self.unmet[stage] = self.unmet.get(stage, 0) + 1
        return result

    def _spent(self, stage: str) -> bool:
        if not self._made:  # one round at least has a fault, if any schedule has one
            return stage == STAGES[-1] and self._limit.is_over
        if self._limit.is_over:
            self.is_out_of_time = True
            return True
        share = self._share(stage)
        return self._limit.used >= share if self._rounds == inf else self._made >= self._rounds * share

    def _share(self, stage: str) -> float:
        return (_SHARES_OF_SEVERAL if self._concurrent else _SHARES)[stage]

    def _room(self, stage: str) -> int:
        """How many schedules a stage may still try; any number if rounds are not limited."""
        return maxsize if self._rounds == inf else max(0, ceil(self._rounds * self._share(stage)) - self._made)

    def _offer(self, stage: str, schedules: Iterable[str]) -> None:
        """Say which schedules come next, as many as the stage may try."""
        self.offer(list(schedules)[: self._room(stage)])

    @property
    def _planned(self) -> int:
        """How many rounds there are; as many as by default, and those made so far, if they are not limited."""
        return ROUNDS + self._made if self._rounds == inf else int(self._rounds)

    def _record(self, stage: str, ran: int, there_were: int) -> None:
        self.covered[stage] = (ran - self.unmet.get(stage, 0), there_were)

    def _listed(self, stage: str, candidates: Iterable[InjectedFaults]) -> Steps:
        """Try the candidates in their order, and record how many there were."""
        fresh: Dict[str, InjectedFaults] = {}
        for injected in candidates:
            text = str(Schedule.at(injected))
            if text not in self._known:
                fresh.setdefault(text, injected)
        ran = 0
        self._offer(stage, fresh)
        for at, (text, injected) in enumerate(fresh.items()):
            if self._spent(stage):
                break
            requests = yield from self._try(stage, text, at)
            ran += 1
            self._observations.note(injected, requests)
        self._record(stage, ran, len(fresh))

    def _interleaved(self) -> Steps:
        """Try other orders of threads and tasks, alone and with a fault, if requests may be in flight at once."""
        if not self._concurrent:
            return
        orders = tuple(self._candidates.orders(max(_LEAST_ORDERS, int(self._planned * _ORDERS))))
        before = self._made
        yield from self._in_turn("interleave", orders)
        self._record("interleave", self._made - before, len(orders))

    def _alike(self) -> Steps:
        """Hit many alike calls in one round, then those alone that stood out, or that differ; what is left, one by one.

        A program may end before the last of them, or not be hit by some as it makes no retry: these come again.
        """
        if not self._candidates.alike:
            return
        before = self._made
        queue = [
            (alike, step) for alike in self._candidates.alike for step in self._candidates.alike_kinds(alike.endpoint)
        ]
        left = yield from self._all_hit(queue)
        yield from self._tried_alone(self._candidates.unlike())
        while left and not self._spent("alike"):
            left = yield from self._all_hit(left)
        yield from self._tried_alone(self._candidates.between())
        self._record("alike", self._made - before, self._made - before)

    def _all_hit(
        self, queue: List[Tuple[AlikeCalls, str]]
    ) -> Generator[Tuple[str, str], Round, List[Tuple[AlikeCalls, str]]]:
        """Make one round for each, and return the calls that were not hit in it, if any was."""
        fresh: Dict[str, Tuple[AlikeCalls, str]] = {}
        for alike, step in queue:
            injected = alike.all_hit(step, retries=self._observations.retries_at_once(alike.endpoint, step))
            text = str(Schedule.at(injected))
            if text not in self._known:
                fresh.setdefault(text, (alike, step))
        self._offer("alike", fresh)
        left: List[Tuple[AlikeCalls, str]] = []
        for text, (alike, step) in fresh.items():
            if self._spent("alike"):
                break
            result = yield from self._make("alike", text)
            outcomes = alike.outcomes(result)
            unusual = standing_out(outcomes)
            for call in (each for each in alike.calls if each.what in unusual):
                if not self._spent("alike"):
                    yield from self._try("alike", str(Schedule.at({point_of(call): step})))
            rest = alike.without(set(outcomes))
            if outcomes and rest.calls:
                left.append((rest, step))
        return left

    def _tried_alone(self, candidates: Iterable[InjectedFaults]) -> Steps:
        yield from self._in_turn("alike", map(str, map(Schedule.at, candidates)))

    def _in_turn(self, stage: str, schedules: Iterable[str]) -> Steps:
        """Try as many of the schedules as the stage may."""
        fresh = dict.fromkeys(text for text in schedules if text not in self._known)
        self._offer(stage, fresh)
        for at, text in enumerate(fresh):
            if self._spent(stage):
                return
            yield from self._try(stage, text, at)

    def _knock_outs(self) -> Steps:
        """Hit the attempt with which the last run succeeded, again and again: with one kind, and with several in turn.

        Some schedules in which kinds take turns come first, and the others after it. At last, for each persistent fault
        after which the program gave up, another kind hits its last attempt, and then the first kind goes on.
        """
        before, left_out = self._made, 0
        alternations = self._candidates.alternations()
        for turns in alternations[:_FIRST]:
            if not self._spent("knock-out"):
                yield from self._try("knock-out", str(Schedule.at(turns)))
        for endpoint in self._candidates.endpoints:
            for kinds in self._candidates.knock_outs(endpoint):
                yield from self._knocked_out(endpoint, kinds)
        for injected in (*alternations[_FIRST:], *self._candidates.turns(self._observations)):
            if self._spent("knock-out"):
                left_out += 1
            else:
                yield from self._try("knock-out", str(Schedule.at(injected)))
        ran = self._made - before
        self._record("knock-out", ran, ran + left_out)

    def _knocked_out(self, endpoint: str, kinds: Tuple[str, ...]) -> Steps:
        injected: InjectedFaults = {}
        requests = self._baseline
        for depth in range(_DEPTH):
            succeeded = [each for each in requests if each.delivered and each.endpoint == endpoint]
            if not succeeded or self._spent("knock-out"):
                break
            injected[point_of(succeeded[-1])] = kinds[depth % len(kinds)]
            requests = yield from self._try("knock-out", str(Schedule.at(injected)))

    def _swarm(self) -> Steps:
        """Draw short schedules, each from a random half of the kinds, until the rounds are used up."""
        before = self._made
        draws = iter(range(1, 1 + _DRAWS * self._planned) if self._candidates.endpoints else ())
        while not self._spent("swarm"):
            schedules = [
                str(Schedule.at(self._candidates.drawn(number)))
                for number in islice(draws, min(_OFFERED, self._room("swarm")))
            ]
            if not schedules:
                break
            yield from self._in_turn("swarm", schedules)
        self._record("swarm", self._made - before, self._made - before)
