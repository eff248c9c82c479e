"""Injection points: the requests of a round that a fault may hit, those of high yield first."""

from __future__ import annotations

from typing import Dict, List, Tuple

from octamem_testing.chaos.scenario.trial import RequestRecord
from octamem_testing.chaos.schedule.schedule import InjectionPoint

__all__ = ["followers", "point_of", "ranked"]

_LATER = 3
"""How many of the requests that follow a fault are hit second."""


def point_of(request: RequestRecord) -> InjectionPoint:
    """Return the injection point of a request, as schedules name it: "*" stands for an unknown endpoint."""
    return request.endpoint or "*", request.nth


def ranked(requests: Tuple[RequestRecord, ...]) -> List[List[RequestRecord]]:
    """Group the injection points: the first of each endpoint, then the last, then those between."""
    points: Dict[InjectionPoint, RequestRecord] = {}
    for each in requests:
        if each.endpoint is not None:
            points.setdefault(point_of(each), each)
    first: Dict[str, RequestRecord] = {}
    last: Dict[str, RequestRecord] = {}
    for (endpoint, _), each in points.items():
        first.setdefault(endpoint, each)
        last[endpoint] = each
    ends = [each for each in last.values() if each not in first.values()]
    middle = [each for each in points.values() if each not in first.values() and each not in ends]
    return [group for group in (list(first.values()), ends, middle) if group]


def followers(after: Tuple[RequestRecord, ...]) -> List[RequestRecord]:
    """Return the requests to hit second: the retry of the one that was hit first, then those that come next."""
    hit, *rest = after
    retry = [each for each in rest if each.what == hit.what][:1]
    return [*retry, *(each for each in rest if each not in retry and each.endpoint)][:_LATER]
