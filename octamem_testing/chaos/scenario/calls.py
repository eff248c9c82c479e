"""Calls of a round: which requests are attempts of one call, and when a program comes back to a call of before."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Mapping, Optional, Protocol, Sequence, Tuple, TypeVar

from fake_server.core.clock import TICKS

__all__ = ["FIRST", "What", "comes_back", "in_calls", "in_sweeps"]

_LONG = 30.0  # seconds that no back-off of one call waits
_SHORT = 5.0  # seconds; the same if the sender has gone on to other requests in between
_STEADY = 10.0  # seconds; the same if the sender has not come sooner before, as a back-off that grows has
_SEVERAL = 2
_NOISE = 3 / TICKS  # seconds that looks at the clock may take
FIRST = (None, "1")
"""What announces the first attempt of a call, or nothing."""


What = Tuple[Optional[str], bytes]
"""An endpoint and a body."""


class Attempt(Protocol):
    """What is asked of a request here; see RequestRecord."""

    number: int
    at: int
    known: Optional[int]
    announced: Optional[str]
    token: Optional[str]
    account: int
    life: int
    caller: int
    sender: int
    entry: Any

    @property
    def what(self) -> What:
        """The endpoint and the body."""
        ...


Request = TypeVar("Request", bound=Attempt)


def in_calls(
    requests: Sequence[Request], expected: Mapping[What, Sequence[Attempt]]
) -> Tuple[Tuple[Request, ...], ...]:
    """Group requests by endpoint, body, account, life and caller, oldest first.

    `expected` are the requests without faults, by endpoint and body. If a caller sends one several times there, as
    several calls, requests belong together that the journal counts to one call, unless the program goes on as without
    faults. So do they if a client goes on to retry its call while the program makes the same call once more, as a hedge
    does.
    """
    found: Dict[Tuple[object, ...], List[Request]] = {}
    begun: Dict[What, List[Request]] = {}
    for request in requests:
        often = sum(each.caller == request.caller for each in expected.get(request.what, ()))
        call = request.entry.call.id if often > 1 else ""
        found.setdefault((*_sent(request), call), []).append(request)
        if _begins(request, begun.get(request.what, ())):
            begun.setdefault(request.what, []).append(request)
    lines = (line for call in found.values() for line in _apart(call))
    return tuple(
        tuple(call)
        for line in lines
        for call in _at_next_call(line, begun.get(line[0].what, ()), expected.get(line[0].what, ()))
    )


def _at_next_call(
    line: List[Request], begun: Sequence[Request], expected: Sequence[Attempt]
) -> Iterable[Sequence[Request]]:
    """Split attempts at each with which the program goes on as without faults."""
    if len(line) < _SEVERAL or len(expected) < _SEVERAL:
        return [line]
    new = _as_expected(begun, expected) if len(begun) <= len(expected) else _after_a_usual_wait(begun, expected)
    calls = [[line[0]]]
    for after in line[1:]:
        if any(each is after for each in new):
            calls.append([])
        calls[-1].append(after)
    return calls


def _as_expected(begun: Sequence[Request], expected: Sequence[Attempt]) -> List[Request]:
    """Return those that come no sooner than without faults, after the one before or at all: there are no more of them.

    A retry would be one more than without faults, or come at another moment.
    """
    pairs = zip(begun, begun[1:], expected, expected[1:])
    return [
        after
        for before, after, usual, usual_after in pairs
        if _waited(before, after) >= _waited(usual, usual_after) or after.at >= usual_after.at > expected[0].at
    ]


def _after_a_usual_wait(begun: Sequence[Request], expected: Sequence[Attempt]) -> List[Request]:
    """Return those that come as long after the one before as a next call does without faults.

    If there are more than next calls without faults, some are retries, and nobody can tell which.
    """
    usual = [_waited(before, after) for before, after in zip(expected, expected[1:])]
    new = [
        after
        for before, after in zip(begun, begun[1:])
        if any(abs(_waited(before, after) - each) <= _NOISE for each in usual)
    ]
    return new if len(new) <= len(usual) else []


def _begins(request: Attempt, before: Iterable[Attempt]) -> bool:
    """Whether a request may be the first attempt of a call, as far as the client says."""
    return request.announced in FIRST and (request.token is None or all(request.token != each.token for each in before))


def _apart(requests: List[Request]) -> List[List[Request]]:
    """Split requests that are alike into calls of which none begins while another goes on."""
    if all(each.announced in FIRST for each in requests[2:]):
        return [requests]
    latest = {each.entry.call.id: each.number for each in requests}
    lines: List[List[Request]] = []
    for request in requests:
        before = [line for line in lines if _goes_on(line[-1], request, latest)]
        if not before:
            lines.append([])
        (before or lines)[-1].append(request)
    return lines


def _goes_on(before: Request, after: Request, latest: Dict[Any, int]) -> bool:
    call = before.entry.call.id
    return bool(call == after.entry.call.id or latest[call] < after.number)


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

    It has waited for half a minute. Ten seconds are enough if it has not come sooner before, and five if the same task
    or thread has sent something else in between. A client that announces another attempt retries, however long it has
    waited.
    """
    if after.announced not in FIRST:
        return False
    waited = _waited(before, after)
    if waited < _SHORT or waited >= _LONG:
        return waited >= _LONG
    senders = (before.sender, after.sender)
    between = requests[before.number : after.number - 1]
    if any(each.sender in senders and each.what != after.what for each in between):
        return True
    return waited >= _STEADY and _is_steady(before, requests)


def _is_steady(last: Attempt, requests: Sequence[Attempt]) -> bool:
    """Whether a program has let as long a time pass before each earlier call that is like its last one."""
    earlier = [each for each in requests[: last.number] if _sent(each) == _sent(last)]
    return all(
        after.announced not in FIRST or before.entry.delivered or _waited(before, after) >= _STEADY
        for before, after in zip(earlier, earlier[1:])
    )


def _sent(request: Attempt) -> Tuple[object, ...]:
    return (*request.what, request.account, request.life, request.caller)


def _waited(before: Attempt, after: Attempt) -> float:
    """Return how many seconds after a program learned the result of an attempt it sent the next."""
    return (after.at - (before.at if before.known is None else before.known)) / TICKS
