"""Bounds: how often and how long a program tries, and that it sends nothing after its end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import ceil
from typing import ClassVar, Dict, Iterator, Optional, Sequence, Tuple

from fake_server.core.clock import TICKS
from octamem_testing.chaos.scenario.trial import RequestRecord, Round
from octamem_testing.invariants.rules import MOST_ATTEMPTS, TICK, tried_too_often
from octamem_testing.report.timeline import seconds
from octamem_testing.virtual_time.bounds import TOO_MANY_REQUESTS

from .advice import Advised, advised, instead
from .reruns import is_bounded_in_time, with_lasting_faults

__all__ = ["LONGEST", "Bounded"]

_COUNT = "let one layer alone retry (max_retries=0 below a loop of your own), and end it after a few attempts or a time"
_END = "end each loop after a few attempts or a time, and cap its waits"
LONGEST = 900.0
"""The seconds that a round may always take longer than the baseline."""
_EACH = 130.0  # seconds for one call: the most that the documented client takes


@dataclass(frozen=True)
class Bounded(Advised):
    """No call is tried for ever, nothing waits for ever, and nothing new is sent after the end.

    - One call makes at most `attempts` attempts, unless it is given up after a time: then it makes fewer if each takes
      longer. The program comes back to a call, as a sweep does, at most as often.
    - A round takes at most `seconds` of virtual time longer than the baseline. None stands for 130 s for each call of
      the round, and at least 900 s: the documented client makes 4 attempts in about 127 s of time-outs and waits. A
      wait before a retry does not count as far as a Retry-After asked for it.
    - After the scenario is cancelled, closed or finished, no new request starts; requests in flight may still complete.
    - Each life of a round that crashed has as many attempts and seconds.
    """

    name: str = field(default="bounded", init=False)
    cure: ClassVar[str] = (
        "let no request begin once the scenario was left: end on CancelledError, and join threads and tasks"
    )
    attempts: int = MOST_ATTEMPTS
    seconds: Optional[float] = None

    def longest(self, over: Round, /) -> float:
        """Return how many seconds longer than the baseline a round may take that makes as many calls as this one."""
        calls = max(len(over.groups), len(over.baseline.requests))
        return max(LONGEST, _EACH * calls) if self.seconds is None else self.seconds

    def check(self, round: Round, /) -> Optional[str]:  # noqa: A002 - the word of the domain
        """Return what went on for too long."""
        longest = round.lives * self.longest(round)
        in_time = False
        for call, often in self._too_often(round):
            evidence = tried_too_often(call.endpoint, often, self.attempts)
            in_time = is_bounded_in_time(round, call, attempts=self.attempts, seconds=longest)
            if evidence and not in_time:
                return self._advised(evidence, round, call, often)
        # A round by which a heartbeat is judged was stopped for the same reason.
        may_be_many = in_time or TOO_MANY_REQUESTS in (round.baseline.stopped or "")
        if round.stopped is not None and not (may_be_many and TOO_MANY_REQUESTS in round.stopped):
            return advised(f"the round was stopped: {round.stopped}", _END, instead(self.name))
        longer = round.seconds - round.lives * round.baseline.seconds - _obeyed(round)
        if longer > longest + TICK:
            evidence = (
                f"the round took {seconds(longer)} longer than without faults; at most {seconds(longest)} are allowed"
            )
            return advised(evidence, _END, instead(self.name, f"Bounded(seconds={ceil(longer)})"))
        if round.leftover:
            late = round.leftover[0]
            return f"{late.name} was sent after the scenario had ended"
        return self._after_leaving(round)

    def _advised(self, evidence: str, round: Round, call: RequestRecord, often: int) -> str:  # noqa: A002
        """Return the evidence with what helps: a loop without an end needs one, whatever number is allowed."""
        longer = with_lasting_faults(round, call)
        if longer is not None:
            made = [each for each in longer.requests if each.what == call.what]
            if longer.stopped is not None or not made or made[-1].delivered:
                return advised(f"{evidence}, and it goes on for as long as it fails", _END, instead(self.name))
            often = max([often, *(times for other, times in self._too_often(longer) if other.what == call.what)])
        return advised(evidence, _COUNT, instead(self.name, f"Bounded(attempts={max(often, 20)})"))

    def _too_often(self, round: Round) -> Iterator[Tuple[RequestRecord, int]]:  # noqa: A002
        """Yield the calls of too many attempts, and those that the program comes back to too often, with how often."""
        sweeps: Dict[Tuple[object, ...], int] = {}
        for group in round.groups:
            call = (*group[0].what, group[0].account, group[0].life)
            sweeps[call] = sweeps.get(call, 0) + 1
            often = max(len(group), sweeps[call] - round.baseline.asked[group[0].what] + 1)
            if often > self.attempts:
                yield group[0], often

    def _after_leaving(self, round: Round) -> Optional[str]:  # noqa: A002
        if round.interrupted_at is None:
            return None
        left = round.requests[round.interrupted_at - 1]
        calls = Counter(request.what for request in round.requests[: round.interrupted_at])
        for request in round.requests[round.interrupted_at :]:
            calls[request.what] += 1
            if request.life != left.life:  # it was begun again after a crash
                break
            if request.of_client is False:  # it belongs to another client, which is still open
                continue
            # Requests of other tasks were in flight and may still come in the same instant, unlike the cancelled call.
            same = request.sender == left.sender or request.token == left.token is not None
            repeats = request.what == left.what and (same or calls[left.what] > round.baseline.asked[left.what])
            if request.at > left.at or repeats or request.of_scenario:
                return f"{request.name} was sent after the {left.fault} at {left.name}"
        return None


def _obeyed(round: Round) -> float:  # noqa: A002
    """Return the seconds for which the program waited because an answer asked for it.

    Whoever was asked to wait does so until it sends that again, or else anything, and at most as long as was asked for.
    """
    obeyed, until = 0.0, 0.0
    for before in round.requests:
        if not before.retry_after:
            continue
        end = before.at / TICKS + before.retry_after
        again = _next_of(before, round.requests[before.number :])
        if again is not None:
            end = min(end, again.at / TICKS)
        obeyed += max(0.0, end - max(before.at / TICKS, until))  # several may wait at the same time
        until = max(until, end)
    return obeyed


def _next_of(before: RequestRecord, later: Sequence[RequestRecord]) -> Optional[RequestRecord]:
    """Return the request with which a program goes on after another one: the same again, or the sender's next."""
    same = (each for each in later if (each.what, each.life, each.caller) == (before.what, before.life, before.caller))
    its = (each for each in later if (each.life, each.sender) == (before.life, before.sender))
    return next(same, None) or next(its, None)
