"""What rounds with one fault showed: what came after it, and how often it was met until the program gave up."""

from __future__ import annotations

from typing import Dict, Tuple

from octamem_testing.chaos.scenario.trial import RequestRecord
from octamem_testing.chaos.schedule.schedule import InjectionPoint, Strikes
from octamem_testing.chaos.schedule.steps import parted

from .injection_points import point_of

__all__ = ["Shown"]


class Shown:
    """What the rounds so far showed, by the place that was struck and the step that struck it first.

    `after` has the arrivals from the one that was struck on, where the fault struck once; `given_up` how many attempts
    of that call there were, where it lasted.
    """

    def __init__(self) -> None:
        self.after: Dict[Tuple[InjectionPoint, str], Tuple[RequestRecord, ...]] = {}
        self.given_up: Dict[Tuple[InjectionPoint, str], int] = {}

    def note(self, hits: Strikes, requests: Tuple[RequestRecord, ...]) -> None:
        """Take in the arrivals of a round; of several faults none can be told from the others, so they show nothing."""
        if len(hits) > 1:
            return
        ((place, step),) = hits.items()
        at = next((each.number for each in requests if point_of(each) == place), None)
        if at is None:
            return
        first, often = parted(step)
        if not often:
            self.after[place, step] = requests[at - 1 :]
        else:
            struck = requests[at - 1]
            self.given_up.setdefault((place, first), sum(each.what == struck.what for each in requests[at - 1 :]))
