"""Places: the requests of a round that may be struck, those first of which the most is to be learned."""

from __future__ import annotations

from typing import Dict, List, Tuple

from octamem_testing.chaos.scenario.trial import RequestRecord
from octamem_testing.chaos.schedule.schedule import InjectionPoint

__all__ = ["followers", "point_of", "ranked"]

_LATER = 3
"""How many of the requests that follow a fault are struck second."""


def point_of(arrival: RequestRecord) -> InjectionPoint:
    """Give the place of a request, as schedules name it: "*" stands for what is no endpoint of the service."""
    return arrival.endpoint or "*", arrival.nth


def ranked(requests: Tuple[RequestRecord, ...]) -> List[List[RequestRecord]]:
    """Sort the places: the first of each endpoint, then the last, then those between, in the order they came."""
    places: Dict[InjectionPoint, RequestRecord] = {}
    for each in requests:
        if each.endpoint is not None:
            places.setdefault(point_of(each), each)
    first: Dict[str, RequestRecord] = {}
    last: Dict[str, RequestRecord] = {}
    for (endpoint, _), each in places.items():
        first.setdefault(endpoint, each)
        last[endpoint] = each
    ends = [each for each in last.values() if each not in first.values()]
    middle = [each for each in places.values() if each not in first.values() and each not in ends]
    return [group for group in (list(first.values()), ends, middle) if group]


def followers(after: Tuple[RequestRecord, ...]) -> List[RequestRecord]:
    """Choose who is struck second: the retry of what was struck first, then whoever comes next."""
    struck, *rest = after
    retry = [each for each in rest if each.what == struck.what][:1]
    return [*retry, *(each for each in rest if each not in retry and each.endpoint)][:_LATER]
