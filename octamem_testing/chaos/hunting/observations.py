"""Observations: what followed each fault, and how many attempts the program made before giving up."""

from __future__ import annotations

from itertools import takewhile
from typing import Dict, Tuple

from octamem_testing.chaos.scenario.trial import RequestRecord
from octamem_testing.chaos.schedule.schedule import InjectedFaults, InjectionPoint
from octamem_testing.chaos.schedule.steps import parted

from .injection_points import point_of

__all__ = ["Observations"]


class Observations:
    """What the rounds with one fault showed, by injection point and step.

    `after` has the requests from the hit on, for a fault that hit once; `attempts` how many attempts the call made
    before giving up, for a fault that lasted.
    """

    def __init__(self) -> None:
        self.after: Dict[Tuple[InjectionPoint, str], Tuple[RequestRecord, ...]] = {}
        self.attempts: Dict[Tuple[InjectionPoint, str], int] = {}
        self._in_a_row: Dict[Tuple[InjectionPoint, str], int] = {}
        self._by_client: Dict[Tuple[InjectionPoint, str], int] = {}

    def note(self, injected: InjectedFaults, requests: Tuple[RequestRecord, ...]) -> None:
        """Record the requests of a round with one fault; with several, no effect can be told from another."""
        if len(injected) > 1:
            return
        ((point, step),) = injected.items()
        at = next((each.number for each in requests if point_of(each) == point), None)
        if at is None:
            return
        first, often = parted(step)
        if not often:
            self.after[point, step] = requests[at - 1 :]
        else:
            hit = requests[at - 1]
            self.attempts.setdefault((point, first), sum(each.what == hit.what for each in requests[at - 1 :]))
            in_a_row = [*takewhile(lambda each: each.what == hit.what, requests[at - 1 :])]
            self._in_a_row.setdefault((point, first), len(in_a_row))
            of_call = sum(each.entry.call.id == hit.entry.call.id for each in in_a_row)
            self._by_client.setdefault((point, first), of_call)

    def tried_in_a_row(self, point: InjectionPoint, step: str) -> int:
        """Return how often a call was tried under a lasting fault before something else was sent.

        If it was not observed, return how often the client tries a call of that endpoint by itself.
        """
        made = self._by_client
        alike = [often for (other, kind), often in made.items() if (other[0], kind) == (point[0], step)]
        return self._in_a_row.get((point, step), min(alike, default=0))

    def retries_at_once(self, endpoint: str, step: str) -> int:
        """Return how many retries came before the next call after this fault, or after any, hit the first call."""
        for point, kind in ((endpoint, 1), step), *self.after:
            after = self.after.get((point, kind), ())
            same = [each for each in after[1:] if each.endpoint == endpoint][:1]
            if point == (endpoint, 1) and after:
                return int(any(each.what == after[0].what for each in same))
        return 1
