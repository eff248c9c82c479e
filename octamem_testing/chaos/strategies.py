"""Hypothesis strategies of schedules, for those who would rather write their own property than be hunted through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Dict, Iterable, List, Tuple, Union

from .schedule.fault_catalogue import DATED, Faults, Kinds
from .schedule.schedule import InjectionPoint, Schedule
from .schedule.steps import OWN

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["fault_schedules"]

ENDPOINTS = ("add", "search", "details")


def fault_schedules(
    *,
    endpoints: Union[str, Iterable[str]] = ENDPOINTS,
    faults: Faults = None,
    most: int = 3,
    places: int = 4,
) -> SearchStrategy[str]:
    """Give the Hypothesis strategy of schedule texts, for `replay`: from "" (no fault) to `most` faults.

    They strike the first `places` requests of the `endpoints`. Shrinking leads to fewer faults, earlier places and
    plainer kinds. Raises ModuleNotFoundError, saying what to install, where Hypothesis is missing, ValueError for an
    endpoint that does not exist or a number below 1, and ScriptError for a fault that cannot be read.
    """
    try:
        from hypothesis import strategies as st
    except ModuleNotFoundError as error:
        if error.name != "hypothesis":
            raise
        raise ModuleNotFoundError(
            "fault_schedules() needs Hypothesis, which is not installed: pip install hypothesis", name=error.name
        ) from None
    if any(isinstance(number, bool) or not isinstance(number, int) or number < 1 for number in (most, places)):
        raise ValueError(f"most={most!r}, places={places!r}: each is 1 or more")
    steps = _steps(endpoints, faults)
    one = st.one_of(
        [
            st.tuples(st.tuples(st.just(endpoint), st.integers(1, places)), st.sampled_from(found))
            for endpoint, found in steps.items()
        ]
    )
    return st.lists(one, max_size=most, unique_by=lambda each: each[0]).map(_text)


def _steps(endpoints: Union[str, Iterable[str]], faults: Faults) -> Dict[str, List[str]]:
    """Give the steps that each endpoint may be struck by; raises ValueError where there is none to draw."""
    chosen = (endpoints,) if isinstance(endpoints, str) else tuple(endpoints)
    for endpoint in chosen:
        if endpoint not in ENDPOINTS:
            raise ValueError(f"endpoints: {endpoint!r} is none of {', '.join(ENDPOINTS)}")
    kinds = Kinds.of(faults)
    if kinds.own and not kinds.usual:
        raise ValueError(
            f"faults={faults!r}: {', '.join(OWN)} are not drawn, as not every scenario can meet them: "
            "name a fault such as '503' here, or make the one round with chaos.replay(scenario, 'add: cancel')"
        )
    steps: Dict[str, List[str]] = {
        endpoint: [step for step in kinds.at(endpoint, kinds.usual) if step != DATED] for endpoint in chosen
    }
    steps = {endpoint: found for endpoint, found in steps.items() if found}
    if not steps:
        raise ValueError(f"none of the faults={faults!r} can be met by {', '.join(chosen) or 'no endpoint'}")
    return steps


def _text(hits: List[Tuple[InjectionPoint, str]]) -> str:
    return str(Schedule.at(dict(hits)))
