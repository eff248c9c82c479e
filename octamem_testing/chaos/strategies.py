"""A Hypothesis strategy of schedules, for tests that state a property of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Dict, Iterable, List, Tuple, Union

from .schedule.fault_catalogue import DATED, FaultCatalogue, Faults
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
    requests: int = 4,
) -> SearchStrategy[str]:
    """Return the Hypothesis strategy of schedules, as text for `replay`: from "" (no fault) to `most` faults.

    The faults hit the first `requests` requests at each of the `endpoints`. Shrinking leads to fewer faults, earlier
    requests and simpler kinds. Raises ModuleNotFoundError if Hypothesis is not installed, ValueError for an unknown
    endpoint or a number below 1, and ScriptError for a fault that cannot be read.
    """
    try:
        from hypothesis import strategies as st
    except ModuleNotFoundError as error:
        if error.name != "hypothesis":
            raise
        raise ModuleNotFoundError(
            "fault_schedules() needs Hypothesis, which is not installed: pip install hypothesis", name=error.name
        ) from None
    for name, number in (("most", most), ("requests", requests)):
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise ValueError(f"{name} must be an int of at least 1, got {number!r:.80}")
    steps = _steps(endpoints, faults)
    one = st.one_of(
        [
            st.tuples(st.tuples(st.just(endpoint), st.integers(1, requests)), st.sampled_from(found))
            for endpoint, found in steps.items()
        ]
    )
    return st.lists(one, max_size=most, unique_by=lambda each: each[0]).map(_text)


def _steps(endpoints: Union[str, Iterable[str]], faults: Faults) -> Dict[str, List[str]]:
    """Return the steps that may hit each endpoint; raises ValueError if there are none to draw."""
    chosen = (endpoints,) if isinstance(endpoints, str) else tuple(endpoints)
    for endpoint in chosen:
        if endpoint not in ENDPOINTS:
            raise ValueError(f"endpoints: expected one of {', '.join(ENDPOINTS)}, got {endpoint!r:.80}")
    catalogue = FaultCatalogue.of(faults)
    if catalogue.own and not catalogue.default:
        raise ValueError(
            f"faults: {', '.join(OWN)} cannot be drawn, since the service has no part in them, got {faults!r}; "
            "name a fault such as '503', or pass 'add: cancel' to chaos.replay()"
        )
    steps: Dict[str, List[str]] = {
        endpoint: [step for step in catalogue.at(endpoint, catalogue.default) if step != DATED] for endpoint in chosen
    }
    steps = {endpoint: found for endpoint, found in steps.items() if found}
    if not steps:
        raise ValueError(
            f"faults: none of {faults!r} can hit {', '.join(chosen) or 'no endpoint'}; name other faults or endpoints"
        )
    return steps


def _text(injected: List[Tuple[InjectionPoint, str]]) -> str:
    return str(Schedule.at(dict(injected)))
