"""Outcome invariants: what is stored, what the program was answered, and how it ends."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from json import loads
from typing import ClassVar, Dict, Iterator, List, Optional, Set, Tuple, Type
from typing import Counter as CounterOf

from octamem import OctaMemError
from octamem_testing.chaos.scenario.errors import message_of
from octamem_testing.chaos.scenario.trial import RequestRecord, Round
from octamem_testing.chaos.schedule.fault_catalogue import is_transient_drop, is_transient_status
from octamem_testing.chaos.schedule.steps import CRASH, INTERLEAVE, word_of
from octamem_testing.invariants.rules import MOST_ATTEMPTS

from .advice import Advised, advised, instead
from .runs import loss_after_run

__all__ = ["AcknowledgedOnce", "NothingUnasked", "OnlyDocumentedErrors", "OwnAnswer", "Recovers"]

_LONGEST_ASKED = 1.0  # seconds of Retry-After: options may make a program less patient than the documented client
RECOVERED = 3
"""The most calls that are hit once each: a program may share the retries of one call among all its calls."""
_SHOWN = 80  # characters of a text
_MAY_ORDER = "let no result depend on which thread or task goes first"


@dataclass(frozen=True)
class AcknowledgedOnce(Advised):
    """A note that was acknowledged is stored once, or at most as often as without faults.

    A note is acknowledged by a success to its add that was delivered whole, or by a claim of the scenario. Without
    faults, a note that is claimed is stored as often as it is claimed, under each context of each account.
    """

    name: str = field(default="acknowledged_once", init=False)
    cure: ClassVar[str] = (
        "repeat an add of unknown outcome only if a search does not find its note (retry_unknown_writes=False), "
        "and claim none that failed; "
        'if the service honours Idempotency-Key, pass settings={"idempotency": True}'
    )
    compares_texts: ClassVar[bool] = True
    judges_new_texts: ClassVar[bool] = True

    def check(self, round: Round, /) -> Optional[str]:  # noqa: A002 - the word of the domain
        """Return which note was acknowledged, but is stored too often or not at all."""
        repeated = _repeated(round.baseline)
        if round is round.baseline:
            for (text, context, _), more in repeated.items():
                claimed = round.claims.saved.count(text)
                where = f" under {context!r:.{_SHOWN}}" if context else ""
                return (
                    f"{text!r:.{_SHOWN}} was returned as saved {_times(claimed)}, but is stored "
                    f"{_times(claimed + more)}{where}, even without faults; return it as often as it should be stored, "
                    "or None if it claims nothing"
                )
        stored, baseline = round.stored, round.baseline.stored.copy()
        for (text, context, _), more in repeated.items():
            baseline[text, context] -= more
        acknowledged = Counter(
            (request.text, (request.context or "").strip())
            for request in round.requests
            if request.endpoint == "add" and request.delivered and request.text is not None
        )
        for (text, context), times in acknowledged.items():
            what = f"the add of {text!r:.{_SHOWN}} was acknowledged"
            evidence = _miscounted(what, times, stored[text, context], baseline[text, context])
            if evidence:
                return evidence
        texts, baseline_texts = _by_text(stored), _by_text(baseline)
        for text, times in Counter(round.claims.saved).items():
            if not texts[text] and not baseline_texts[text]:
                return (
                    f"the scenario returned {text!r:.{_SHOWN}}, which claims that a memory of that text is stored, "
                    "but there is none, even without faults; return None if it claims nothing, "
                    f"or pass {instead(self.name)}"
                )
            what = f"{text!r:.{_SHOWN}} was returned as saved"
            evidence = _miscounted(what, times, texts[text], baseline_texts[text])
            if evidence:
                return evidence
        return None


def _repeated(baseline: Round) -> CounterOf[Tuple[str, str, str]]:
    """Return how often more each (text, context, key) was stored by the baseline than the scenario claims the text."""
    claimed = Counter(baseline.claims.saved)
    written = Counter(
        (request.text, (request.context or "").strip(), request.entry.key)
        for request in baseline.requests
        if request.text is not None
        for _ in request.entry.stored
    )
    return Counter({note: times - claimed[note[0]] for note, times in written.items() if times > claimed[note[0]] > 0})


def _by_text(stored: CounterOf[Tuple[str, str]]) -> CounterOf[str]:
    texts: CounterOf[str] = Counter()
    for (text, _), times in stored.items():
        texts[text] += times
    return texts


def _miscounted(what: str, acknowledged: int, stored: int, baseline: int) -> Optional[str]:
    most = max(1, baseline)
    if min(acknowledged, most) <= stored <= most:
        return None
    times = f"stored {_times(stored)}" if stored else "not stored"
    return f"{what}, but is {times} (without faults: {_times(most)})"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


@dataclass(frozen=True)
class NothingUnasked(Advised):
    """A round stores no note, and no context of a note, that the baseline does not store."""

    name: str = field(default="nothing_unasked", init=False)
    cure: ClassVar[str] = "send the same text and context with every attempt"
    compares_texts: ClassVar[bool] = True

    def check(self, round: Round, /) -> Optional[str]:  # noqa: A002
        """Return which note is stored that nobody asked for."""
        baseline = round.baseline.stored
        for content, context in round.stored:
            if (content, context) not in baseline:
                under = f"under {context!r:.{_SHOWN}}" if context else "without a context"
                return f"{content!r:.{_SHOWN}} is stored {under}, which does not happen without faults"
        return None


@dataclass(frozen=True)
class OnlyDocumentedErrors(Advised):
    """The scenario ends without an error, with an OctaMemError, or with one of the types in `also`.

    An exception group of such errors violates it, because `except OctaMemError` does not catch a group.
    """

    name: str = field(default="only_documented_errors", init=False)
    cure: ClassVar[str] = "handle that case, or raise an OctaMemError from it"
    also: Tuple[Type[BaseException], ...] = ()

    def check(self, round: Round, /) -> Optional[str]:  # noqa: A002
        """Return the error that it ended with."""
        error = round.error
        if error is None or round.stopped is not None or self._is_documented(error, round):
            return None
        message = message_of(error).partition("\n")[0]
        several: Tuple[BaseException, ...] = getattr(error, "exceptions", ())
        group = ", which `except OctaMemError` does not catch" if several else ""
        kind = type(error).__name__
        evidence = f"the scenario ended with {kind}{f': {message:.200}' if message else ''}{group}"
        return advised(evidence, self.cure, instead(self.name, f"OnlyDocumentedErrors(also=({kind},))"))

    def _is_documented(self, error: BaseException, round: Round) -> bool:  # noqa: A002
        if isinstance(error, (OctaMemError, *self.also)):
            return True
        return type(error).__name__ == "CancelledError" and round.interrupted_at is not None


@dataclass(frozen=True)
class OwnAnswer(Advised):
    """Each answer that the scenario claims for a text was given to a request with that text.

    A text of no request, with faults or without, is the scenario's own name for something, and claims nothing.
    """

    name: str = field(default="own_answer", init=False)
    cure: ClassVar[str] = "keep each answer with the question that it was given to"

    def check(self, round: Round, /) -> Optional[str]:  # noqa: A002
        """Return which call was given the answer of another."""
        given: Dict[str, Set[str]] = {}
        for request in round.requests:
            if request.text is not None and request.entry.response:
                given.setdefault(request.text, set()).update(_ids(request.entry.response))
        asked = {request.text for each in (round, round.baseline) for request in each.requests}
        for text, answer in round.claims.answers:
            if text not in asked:
                continue
            identity = getattr(answer, "pending_id", None) or getattr(answer, "id", None)
            if identity is not None and identity not in given.get(text, set()):
                owner = next((each for each, ids in given.items() if identity in ids), None)
                whose = "no request of the round" if owner is None else f"{owner!r:.{_SHOWN}}"
                return f"{text!r:.{_SHOWN}} was answered with {identity!r:.{_SHOWN}}, which belongs to {whose}"
        return None


def _ids(response: bytes) -> Iterator[str]:
    try:
        answer = loads(response)
    except ValueError:
        return
    if isinstance(answer, dict) and isinstance(answer.get("data"), dict):
        answer = answer["data"]
    if isinstance(answer, dict):
        yield from (answer[name] for name in ("id", "pending_id") if isinstance(answer.get(name), str))


@dataclass(frozen=True)
class Recovers(Advised):
    """A transient fault, after which a call may safely be sent again, or another order, costs the scenario nothing.

    - Transient are a 429 at any call, and at a read also a 5xx, a lost connection, an answer cut short, and a time-out
      of the client's own. A fault that asks for a wait above a second, or for one that cannot be read, is not judged,
      since the program decides how long it waits.
    - The faults hit one call, or two or three calls once each; none need be hit if another thread or task goes first
      than in the baseline. Then a text that is claimed, or stored, less often is not lost.
    - The scenario must then end without an error, and claim as much as without faults. If it claims nothing, and only
      adds are hit, it must store as much.
    - After a crash, the next life must end without an error. What it claims no more is stored, or was answered before.
    - A run of faults may also hit one call several times in a row, `most` times at most. It is judged if the program
      tried until an attempt succeeded, within 30 s. The scenario must then end without an error, and claim that call.

    For a program that should not retry, leave this invariant out: `without("recovers")`. `Recovers(most=1)` judges no
    runs.
    """

    name: str = field(default="recovers", init=False)
    cure: ClassVar[str] = "let the SDK retry, or send the call again after a wait"
    most: int = MOST_ATTEMPTS - 1
    compares_texts: ClassVar[bool] = True

    def check(self, round: Round, /) -> Optional[str]:  # noqa: A002
        """Return what was lost by a single fault, by one a call, or by a run of faults at one call."""
        hits: List[RequestRecord] = [each for each in round.hits if word_of(each.fault) != INTERLEAVE]
        was_left = round.interrupted_at is not None  # a scenario that was cancelled or closed need not recover
        if was_left or not all(map(_is_transient, hits)):
            return None
        if len({each.what for each in hits}) < len(hits):
            lost = loss_after_run(round, hits) if len(hits) <= self.most else None
            return advised(lost, self.cure, instead(self.name, "Recovers(most=1)")) if lost else None
        fewest = 0 if round.interleaved else 1
        lost = _loss(round, hits) if fewest <= len(hits) <= RECOVERED else None
        if not lost:
            return None
        evidence = f"{_cause(hits, interleaved=round.interleaved)} {lost}"
        return advised(evidence, _MAY_ORDER, instead(self.name)) if round.interleaved else evidence


def _cause(hits: List[RequestRecord], *, interleaved: bool) -> str:
    order = "another order of threads or tasks"
    if not hits:
        return order
    at = f"{'each of ' if len(hits) > 1 else ''}{' and '.join(each.name for each in hits)}"
    return f"one {hits[0].fault} at {at}{f', in {order},' if interleaved else ''}"


def _loss(round: Round, hits: List[RequestRecord]) -> Optional[str]:  # noqa: A002
    """Return what a round lost, None if it lost nothing."""
    baseline, crashed = round.baseline, any(map(_is_crash, hits))
    if round.error is not None and baseline.error is None:
        return f"ended the scenario with {type(round.error).__name__}"
    for text in baseline.claims.amount - round.claims.amount:
        kept = (crashed and _was_done(round, text)) or (round.interleaved and round.claims.amount[text])
        if not kept:
            return f"lost {text!r:.{_SHOWN}}, which is not claimed"
    if not baseline.claims.amount and (crashed or all(each.endpoint == "add" for each in hits)):
        for text, context in baseline.stored - round.stored:
            if not (round.interleaved and round.stored[text, context]):
                return f"lost {text!r:.{_SHOWN}}, which is not stored"
    return None


def _was_done(round: Round, text: str) -> bool:  # noqa: A002
    """Whether a note that the last life does not claim is stored, or its question answered, by a life before it."""
    stored, baseline = _by_text(round.stored)[text], _by_text(round.baseline.stored)[text]
    answered = any(each.text == text and each.endpoint != "add" and each.delivered for each in round.requests)
    return stored >= baseline > 0 or answered


def _is_crash(hit: RequestRecord) -> bool:
    return word_of(hit.fault) == CRASH


def _is_transient(hit: RequestRecord) -> bool:
    if _is_crash(hit):
        return True
    word, status = word_of(hit.fault), hit.status or 0
    # A program that gives up before its time-out is impatient, which is not a bug.
    late = hit.endpoint != "add" and word == "hang" and hit.known is not None
    transient = late or is_transient_status(status, hit.endpoint) or is_transient_drop(word, hit.endpoint)
    unreadable = hit.retry_after is None and hit.entry.retry_after is not None
    return transient and not unreadable and (hit.retry_after or 0.0) <= _LONGEST_ASKED
