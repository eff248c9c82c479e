"""Promises about how a program tries again: how soon, how often, and with what."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Counter as CounterOf
from typing import Dict, List, Optional, Tuple

from fake_server.core.clock import TICKS
from octamem_testing.chaos.scenario.trial import RequestRecord, Round
from octamem_testing.report.timeline import seconds

__all__ = ["REFUSALS", "Bounded", "Delayed", "RefusalsNotRepeated", "RetryAfterHonoured", "SameCall"]

_TICK = 1 / TICKS
REFUSALS = (400, 401, 403, 404)
"""Statuses that another attempt would meet again."""
_LEAST = 900.0  # seconds
_EACH = 130.0  # seconds for one call: what the page's client takes at most
_HOLD = (429, 503)  # the statuses for which RFC 9110 and RFC 6585 give Retry-After its meaning as a wait


@dataclass(frozen=True)
class RetryAfterHonoured:
    """No attempt comes sooner than the Retry-After of the 429 or 503 that the attempt before it was answered with.

    An answer that was cut short or spoilt on its way counts for none.
    """

    name: str = field(default="retry_after_honoured", init=False)

    def check(self, round: Round, /) -> Optional[str]:  # noqa: A002
        """Say which attempt came too soon."""
        for before, after in round.retries:
            asked = before.retry_after
            if asked is None or before.status not in _HOLD or before.entry.lost or before.entry.spoilt:
                continue
            waited = (after.at - before.at) / TICKS
            if waited < asked - _TICK:
                return (
                    f"{after.name} was sent {seconds(waited)} after {before.name}, "
                    f"whose {before.status} had asked to wait {seconds(asked)}"
                )
        return None


@dataclass(frozen=True)
class RefusalsNotRepeated:
    """After a 400, 401, 403 or 404 the same request, by the same key, is not sent again.

    As many calls as the round without faults makes are meant to be made. What follows an attempt that failed and was
    not refused may be its retry, and is no call more.
    """

    name: str = field(default="refusals_not_repeated", init=False)

    def check(self, round: Round, /) -> Optional[str]:  # noqa: A002
        """Say which refusal was met with the same request."""
        often = round.baseline.asked
        calls: CounterOf[Tuple[object, ...]] = Counter()
        retriable: CounterOf[Tuple[object, ...]] = Counter()
        refused: Dict[Tuple[object, ...], RequestRecord] = {}
        for arrival in round.requests:
            request = (*arrival.what, arrival.authorization)
            if retriable[request]:
                retriable[request] -= 1
            else:
                calls[request] += 1
            if request in refused and calls[request] > often[arrival.what]:
                first = refused[request]
                return f"{arrival.name} sent the same again as {first.name}, which was answered with {first.status}"
            if arrival.status in REFUSALS:
                refused.setdefault(request, arrival)
            elif not arrival.delivered:
                retriable[request] += 1
        return None


@dataclass(frozen=True)
class Delayed:
    """A retry comes at least a moment after it was known that the attempt before it had failed.

    `least` is that moment, in seconds of virtual time. A refused key is no failure to wait for: with another key the
    request may go at once.
    """

    name: str = field(default="delayed", init=False)
    least: float = 0.001

    def check(self, round: Round, /) -> Optional[str]:  # noqa: A002
        """Say which retry followed at once."""
        for before, after in round.retries:
            if before.known is None or after.at < before.known or before.authorization != after.authorization:
                continue
            waited = (after.at - before.known) / TICKS
            if waited < self.least - _TICK:
                return f"{after.name} was sent {seconds(waited)} after {before.name} had failed, without a wait"
        return None


@dataclass(frozen=True)
class Bounded:
    """No call is tried for ever, nothing waits for ever, and what is over sends nothing more.

    `attempts` is the most for one call, `seconds` the most virtual time beyond that of the round without faults: 130 s
    for each call of that round and 900 s at least, where it is None (the page's client makes 4 attempts in about 127 s
    of time-outs and waits). Nothing is sent after a cancel or after the client was closed, nor after the scenario has
    ended.
    """

    name: str = field(default="bounded", init=False)
    attempts: int = 10
    seconds: Optional[float] = None

    def longest(self, baseline: Round, /) -> float:
        """Say how many seconds longer than the round without faults one may take."""
        return max(_LEAST, _EACH * len(baseline.requests)) if self.seconds is None else self.seconds

    def check(self, round: Round, /) -> Optional[str]:  # noqa: A002
        """Say what went on for too long."""
        for group in round.groups:
            if len(group) > self.attempts:
                return f"one call to {group[0].endpoint} was tried {len(group)} times; {self.attempts} are the most"
        if round.stopped is not None:
            return f"the round had to be stopped: {round.stopped}"
        longer, longest = round.seconds - round.baseline.seconds, self.longest(round.baseline)
        if longer > longest + _TICK:
            return f"it took {seconds(longer)} longer than without faults; {seconds(longest)} are the most"
        if round.leftover:
            late = round.leftover[0]
            return f"{late.name} was sent after the scenario had ended"
        return self._after_leaving(round)

    def _after_leaving(self, round: Round) -> Optional[str]:  # noqa: A002
        if round.interrupted_at is None:
            return None
        left = round.requests[round.interrupted_at - 1]
        calls = Counter(arrival.what for arrival in round.requests[: round.interrupted_at])
        for arrival in round.requests[round.interrupted_at :]:
            calls[arrival.what] += 1
            if arrival.of_client is False:  # of another client, that nobody has closed
                continue
            # What other tasks had under way may still come in the same instant: not so what is cancelled itself.
            same = arrival.sender == left.sender or arrival.token == left.token is not None
            repeats = arrival.what == left.what and (same or calls[left.what] > round.baseline.asked[left.what])
            if arrival.at > left.at or repeats or arrival.of_scenario:
                return f"{arrival.name} was sent after the {left.fault} at {left.name}"
        return None


@dataclass(frozen=True)
class SameCall:
    """Body and Idempotency-Key are the same on every attempt of a call.

    A request is an altered retry whose body the round without faults never sends, after an attempt at the endpoint
    failed: it repeats a text with something changed, or a text that nobody knows, or has none. To ask for a note that
    may have been stored is none. An add that is made anew with another key is right where the first was refused for
    certain, or where a search was answered in between. Two texts are two calls, and share no key.
    """

    name: str = field(default="same_call", init=False)

    def check(self, round: Round, /) -> Optional[str]:  # noqa: A002
        """Say which attempt was not the same."""
        return self._altered(round) or self._renamed(round) or self._shared(round)

    def _altered(self, round: Round) -> Optional[str]:  # noqa: A002
        often = round.baseline.asked
        known = {arrival.text for arrival in round.baseline.requests}
        failed: List[RequestRecord] = []
        for arrival in round.requests:
            earlier = [each for each in failed if each.endpoint == arrival.endpoint and each.what != arrival.what]
            strange = arrival.text not in known or any(each.text == arrival.text for each in earlier)
            if earlier and strange and not often[arrival.what]:
                return (
                    f"{arrival.name} sent a body that {earlier[-1].name}, which had failed, did not have; "
                    'where another question is meant, invariants=chaos.without("same_call")'
                )
            if not arrival.delivered:
                failed.append(arrival)
        return None

    def _renamed(self, round: Round) -> Optional[str]:  # noqa: A002
        for before, after in round.retries:
            if before.endpoint != "add" or before.token == after.token or before.refused:
                continue
            if before.account != after.account:  # what another account is asked for is no attempt of that call
                continue
            between = round.requests[before.number : after.number - 1]
            if not any(each.endpoint == "search" and each.delivered for each in between):
                return f"{after.name} sent the add of {before.name} again under another Idempotency-Key"
        return None

    def _shared(self, round: Round) -> Optional[str]:  # noqa: A002
        first: Dict[Tuple[object, ...], RequestRecord] = {}
        for arrival in round.requests:
            if arrival.token is not None and arrival.text is not None:
                owner = first.setdefault((arrival.account, arrival.endpoint, arrival.token), arrival)
                if (owner.text, owner.context) != (arrival.text, arrival.context):
                    return (
                        f"{arrival.name} sent another text than {owner.name} under the same Idempotency-Key: "
                        "where it is honoured, that is answered with what became of the first"
                    )
        return None
