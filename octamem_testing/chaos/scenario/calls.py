"""Calls of a round: which requests are attempts of one call, and when a program comes back to a call of before."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Optional, Protocol, Sequence, Tuple, TypeVar
from typing import Counter as CounterOf

from fake_server.core.clock import TICKS

__all__ = ["comes_back", "in_calls", "in_sweeps"]

_LONG = 30.0  # seconds that no back-off of one call waits unasked
_SHORT = 5.0  # seconds; the same if the sender has gone on to other requests in between


class Attempt(Protocol):
    """What is asked of a request here; see RequestRecord."""

    number: int
    at: int
    known: Optional[int]
    retry_after: Optional[float]
    announced: Optional[str]
    account: int
    life: int
    caller: int
    sender: int
    entry: Any

    @property
    def what(self) -> Tuple[Optional[str], bytes]:
        """The endpoint and the body."""
        ...


Request = TypeVar("Request", bound=Attempt)


def in_calls(
    requests: Iterable[Request], often: CounterOf[Tuple[Optional[str], bytes]]
) -> Tuple[Tuple[Request, ...], ...]:
    """Group requests by endpoint, body, account, life and caller, oldest first.

    `often` says how often each endpoint and body is sent without faults. If that is several times, as several calls,
    requests belong together that the journal counts to one call.
    """
    found: Dict[Tuple[object, ...], List[Request]] = {}
    for request in requests:
        call = request.entry.call.id if often[request.what] > 1 else ""
        found.setdefault((*request.what, request.account, request.life, request.caller, call), []).append(request)
    return tuple(map(tuple, found.values()))


def in_sweeps(calls: Iterable[Tuple[Request, ...]], requests: Sequence[Request]) -> Tuple[Tuple[Request, ...], ...]:
    """Split the calls at each point at which the program comes back to one."""
    found: List[List[Request]] = []
    for call in calls:
        found.append([call[0]])
        for before, after in zip(call, call[1:]):
            if comes_back(before, after, requests):
                found.append([])
            found[-1].append(after)
    return tuple(map(tuple, sorted(found, key=lambda attempts: attempts[0].number)))


def comes_back(before: Attempt, after: Attempt, requests: Sequence[Attempt]) -> bool:
    """Whether a program sends a request again as a new call, as one does that sweeps what is left unsent now and then.

    It has waited for half a minute more than the service asked for. Five seconds are enough if the same task or thread
    has sent something else in between. A client that announces another attempt retries, however long it has waited.
    """
    if after.announced not in (None, "1"):
        return False
    waited = (after.at - (before.at if before.known is None else before.known)) / TICKS - (before.retry_after or 0.0)
    if waited < _SHORT:
        return False
    senders = (before.sender, after.sender)
    between = requests[before.number : after.number - 1]
    return waited >= _LONG or any(each.sender in senders and each.what != after.what for each in between)
