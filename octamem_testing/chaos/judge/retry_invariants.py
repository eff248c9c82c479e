"""Retry invariants: how soon, after what, and with what a program tries again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import combinations
from typing import ClassVar, Dict, List, Optional, Tuple
from typing import Counter as CounterOf

from fake_server.core.clock import TICKS
from octamem_testing.chaos.scenario.calls import FIRST, comes_back
from octamem_testing.chaos.scenario.trial import RequestRecord, Round
from octamem_testing.invariants.rules import (
    LEAST_WAIT,
    REFUSALS,
    Waited,
    asks_for_no_wait,
    asks_to_wait,
    refusal_repeated,
    sent_at_once,
    sent_too_soon,
)

from .advice import Advised, advised, instead
from .bounded import LONGEST
from .compensation import compensations
from .reruns import is_drawn_wait

__all__ = ["Delayed", "RefusalsNotRepeated", "RetryAfterHonoured", "SameCall"]

_MOVE = "go over to another account after a refusal, such as a 429, or if a search does not find the note"


@dataclass(frozen=True)
class RetryAfterHonoured(Advised):
    """No attempt comes sooner than the Retry-After of the 429 or 503 before it asks for.

    An answer that was cut short or spoilt does not count, nor one that asks for more than `longest` seconds: nobody can
    wait so long and be bounded, and a program may as well go by waits of its own as give up. Each account has limits of
    its own, so a request with another key need not wait.
    """

    name: str = field(default="retry_after_honoured", init=False)
    cure: ClassVar[str] = (
        "let the SDK retry, or wait for the Retry-After (error.retry_after) if that is longer than your own wait"
    )
    longest: float = LONGEST

    def check(self, round: Round, /) -> Optional[str]:  # noqa: A002
        """Return which attempt came too soon."""
        for before, after in round.repeats:
            asked = before.retry_after
            if asked is None or asked > self.longest or not asks_to_wait(before.entry):
                continue
            waited = Waited((after.at - before.at) / TICKS)
            evidence = sent_too_soon(after.name, before.name, before.status, waited=waited, asked=asked)
            if evidence:
                return evidence
        return None


@dataclass(frozen=True)
class RefusalsNotRepeated(Advised):
    """After a 400, 401, 403 or 404 the same request with the same key is not sent again.

    The program, and each of its threads and tasks, may make as many such calls as the baseline, and come back to one
    after a real wait, as a sweep does. A request that follows an attempt which failed without being refused may be its
    retry, and does not count as another call. After a crash nothing is known of a refusal.
    """

    name: str = field(default="refusals_not_repeated", init=False)
    cure: ClassVar[str] = "give up, or correct the request, after such an answer (error.retryable is False)"

    def check(self, round: Round, /) -> Optional[str]:  # noqa: A002
        """Return which request repeats a refused one."""
        often = round.baseline.asked
        calls: CounterOf[Tuple[object, ...]] = Counter()
        retriable: CounterOf[Tuple[object, ...]] = Counter()
        refused: Dict[Tuple[object, ...], RequestRecord] = {}
        latest: Dict[Tuple[object, ...], RequestRecord] = {}
        for request in round.requests:
            sent = (*request.what, request.authorization, request.life, request.caller)
            before, latest[sent] = latest.get(sent), request
            if before is not None and comes_back(before, request, round.requests):
                refused.pop(sent, None)
            # A client that was trying before somebody else was refused does not know of that.
            goes_on = request.announced not in FIRST and sent in refused and refused[sent].token != request.token
            if retriable[sent] or goes_on:
                retriable[sent] -= not goes_on
            else:
                calls[sent] += 1
            if sent in refused and not goes_on and calls[sent] > often[request.what]:
                first = refused[sent]
                return refusal_repeated(request.name, first.name, first.status)
            if request.status in REFUSALS:
                refused.setdefault(sent, request)
            elif not request.delivered:
                retriable[sent] += 1
        return None


@dataclass(frozen=True)
class Delayed(Advised):
    """A retry waits after the program has learned that the attempt before it failed.

    `least` is the shortest wait, in seconds of virtual time. A wait that `random` draws may be shorter, if other draws
    are not. A retry with another key need not wait, nor does the first that comes after a Retry-After of 0 or of a date
    in the past; if the next answer says so too, it has not helped.
    """

    name: str = field(default="delayed", init=False)
    cure: ClassVar[str] = "let the SDK retry, or wait before each attempt except the first"
    least: float = LEAST_WAIT

    def check(self, round: Round, /) -> Optional[str]:  # noqa: A002
        """Return which retry came without a wait."""
        invited = {
            after.number for before, after in round.retries if asks_for_no_wait(before.entry, before.retry_after)
        }
        for before, after in round.retries:
            if before.known is None or after.at < before.known or before.authorization != after.authorization:
                continue
            if after.number in invited and before.number not in invited:
                continue
            waited = (after.at - before.known) / TICKS
            evidence = sent_at_once(after.name, before.name, waited=waited, least=self.least)
            if evidence and not is_drawn_wait(round, before, after, least=self.least):
                return advised(evidence, self.cure, instead(self.name, "Delayed(least=0)"))
        return None


def _has_looked(round: Round, before: RequestRecord, after: RequestRecord) -> bool:  # noqa: A002
    between = round.requests[before.number : after.number - 1]
    return any(each.endpoint == "search" and each.delivered for each in between)


@dataclass(frozen=True)
class SameCall(Advised):
    """Body and Idempotency-Key are the same on every attempt of a call.

    - A request is an altered retry if the baseline never sends its body, an attempt at that endpoint failed before it,
      and its text is unknown, missing, or that of the failed attempt. A search for a note that may be stored is none.
    - An add may be repeated with another key if the first was certainly refused, or if a search was answered in
      between.
    - An add whose outcome is unknown is not sent to an account to which the baseline does not send it, unless a search
      was answered in between.
    - An add that compensates what was stored, as a saga does once a later add has failed for good, is no retry.
    - Two texts are two calls, and share no key.
    """

    name: str = field(default="same_call", init=False)
    cure: ClassVar[str] = "let the SDK retry, or pass one idempotency_key with the same text to each attempt"
    judges_new_texts: ClassVar[bool] = False

    def check(self, round: Round, /) -> Optional[str]:  # noqa: A002
        """Return which attempt was not the same."""
        return self._altered(round) or self._renamed(round) or self._moved(round) or self._shared(round)

    def _altered(self, round: Round) -> Optional[str]:  # noqa: A002
        often = round.baseline.asked
        known = {request.text for request in round.baseline.requests}
        failed: List[RequestRecord] = []
        for request in round.requests:
            earlier = [
                each
                for each in failed
                if each.endpoint == request.endpoint and each.what != request.what and each.life == request.life
            ]
            strange = request.text not in known or any(each.text == request.text for each in earlier)
            if earlier and strange and not often[request.what] and request.what not in compensations(round):
                return f"{request.name} retries {earlier[-1].name} with another body"
            if not request.delivered:
                failed.append(request)
        return None

    def _renamed(self, round: Round) -> Optional[str]:  # noqa: A002
        for before, after in round.retries:
            if before.endpoint != "add" or before.token == after.token or before.refused:
                continue
            if not _has_looked(round, before, after):
                return f"{after.name} repeats the add of {before.name} with another Idempotency-Key"
        return None

    def _moved(self, round: Round) -> Optional[str]:  # noqa: A002
        adds = [request for request in round.requests if request.endpoint == "add"]
        if all(add.account == 1 for add in adds):
            return None
        asked = {(request.what, request.authorization) for request in round.baseline.requests}
        for before, after in combinations(adds, 2):
            same = (before.what, before.life, before.caller) == (after.what, after.life, after.caller)
            if not same or before.account == after.account or (after.what, after.authorization) in asked:
                continue
            if not (before.delivered or before.refused or _has_looked(round, before, after)):
                evidence = (
                    f"{after.name} sends the note of {before.name} to another account, "
                    "although it may be stored in the first"
                )
                return advised(evidence, _MOVE, instead(self.name))
        return None

    def _shared(self, round: Round) -> Optional[str]:  # noqa: A002
        first: Dict[Tuple[object, ...], RequestRecord] = {}
        for request in round.requests:
            if request.token is not None and request.text is not None:
                owner = first.setdefault((request.account, request.endpoint, request.token), request)
                if (owner.text, owner.context) != (request.text, request.context):
                    return (
                        f"{request.name} sent another text than {owner.name} with the same Idempotency-Key; "
                        "a service that honours the key answers with the result of the first"
                    )
        return None
