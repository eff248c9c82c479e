"""Outcome invariants: what is stored, what the program was answered, and how it ends."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from json import loads
from typing import ClassVar, Dict, Iterator, Optional, Set, Tuple, Type
from typing import Counter as CounterOf

from octamem import OctaMemError
from octamem_testing.chaos.scenario.errors import message_of
from octamem_testing.chaos.scenario.trial import Round

from .advice import Advised, advised, instead
from .compensation import compensations
from .races import LOCK, stored_after_looks, stored_as_ordered, stored_beside_others

__all__ = ["AcknowledgedOnce", "NothingUnasked", "OnlyDocumentedErrors", "OwnAnswer"]

_SHOWN = 80  # characters of a text
_ONCE = "remember what was added, and send none of it again"
_CLOSED = "this client is closed"  # what the SDK says of a call after close(), of which it has no type
_KEEP_OPEN = "keep the client open until its last call, also after an error, or build another one"
_CLAIM = "return a note, and mark it as sent, only after its add has succeeded"


@dataclass(frozen=True)
class AcknowledgedOnce(Advised):
    """A note that was acknowledged is stored once, or at most as often as without faults.

    A note is acknowledged by a success to its add that was delivered whole, or by a claim of the scenario. Without
    faults, a note that is claimed is stored as often as it is claimed, under each context of each account. What several
    threads or tasks store, once each, is stored as often in each order of them, and not at all by one that has looked
    for it before another one stored it. Texts in `repeated` may be stored any number of times, as a heartbeat is.
    """

    name: str = field(default="acknowledged_once", init=False)
    cure: ClassVar[str] = (
        "repeat an add of unknown outcome only if a search does not find its note (retry_unknown_writes=False), "
        "and claim none that failed; "
        'if the service honours Idempotency-Key, pass settings={"idempotency": True}'
    )
    compares_texts: ClassVar[bool] = True
    judges_new_texts: ClassVar[bool] = True
    repeated: Tuple[str, ...] = ()

    def check(self, round: Round, /) -> Optional[str]:  # noqa: A002 - the word of the domain
        """Return which note was acknowledged, but is stored too often or not at all."""
        repeated = _repeated(round.baseline)
        if round is round.baseline:
            for (text, context, _), more in repeated.items():
                if text in self.repeated:
                    continue
                claimed = round.claims.saved.count(text)
                where = f" under {context!r:.{_SHOWN}}" if context else ""
                return (
                    f"{text!r:.{_SHOWN}} was returned as saved {_times(claimed)}, but is stored "
                    f"{_times(claimed + more)}{where}, even without faults; return it as often as it should be stored, "
                    "or None if it claims nothing"
                )
        if round is round.baseline:
            raced = stored_after_looks(round, self.repeated) or stored_beside_others(round, self.repeated)
        else:
            raced = stored_as_ordered(round, self.repeated)
        if raced:
            return advised(raced, LOCK, instead(self.name))
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
            evidence = self._miscounted(what, text, (times, stored[text, context], baseline[text, context]), round)
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
            evidence = self._miscounted(what, text, (times, texts[text], baseline_texts[text]), round)
            if evidence:
                return evidence if texts[text] else advised(evidence, _CLAIM, instead(self.name))
        return None

    def _miscounted(self, what: str, text: Optional[str], counts: Tuple[int, int, int], over: Round) -> Optional[str]:
        """Return the evidence if a note is stored less often than acknowledged, or more often than without faults."""
        acknowledged, stored, baseline = counts
        most = max(1, baseline)
        if min(acknowledged, most) <= stored and (stored <= most or text in self.repeated):
            return None
        times = f"stored {_times(stored)}" if stored else "not stored"
        evidence = f"{what}, but is {times} (without faults: {_times(most)})"
        adds = [each for each in over.requests if each.endpoint == "add" and each.text == text]
        if text is not None and stored > most and all(each.delivered for each in adds):
            shown = text if len(text) <= _SHOWN else "..."
            return advised(evidence, _ONCE, instead(self.name, f"AcknowledgedOnce(repeated=({shown!r},))"))
        return evidence


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


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


@dataclass(frozen=True)
class NothingUnasked(Advised):
    """A round stores no note, and no context of a note, that the baseline does not store.

    A program may compensate what it has stored, as a saga does, if a later add fails for good, and if it says so.
    """

    name: str = field(default="nothing_unasked", init=False)
    cure: ClassVar[str] = (
        "send the same text and context with every attempt; "
        "if it takes back what was stored, let the program fail or return what it did not take back"
    )
    compares_texts: ClassVar[bool] = True

    def check(self, round: Round, /) -> Optional[str]:  # noqa: A002
        """Return which note is stored that nobody asked for."""
        baseline = round.baseline.stored
        new = [note for note in round.stored if note not in baseline]
        if new:
            taken_back = compensations(round)
            allowed = {(each.text, (each.context or "").strip()) for each in round.requests if each.what in taken_back}
            new = [note for note in new if note not in allowed]
        for content, context in new:
            under = f"under {context!r:.{_SHOWN}}" if context else "without a context"
            return f"{content!r:.{_SHOWN}} is stored {under}, which does not happen without faults"
        return None


@dataclass(frozen=True)
class OnlyDocumentedErrors(Advised):
    """The scenario ends without an error, with an OctaMemError, or with one of the types in `also`.

    An exception group of such errors violates it, because `except OctaMemError` does not catch a group. So does the
    error of a call after close(), if the program has closed its client itself.
    """

    name: str = field(default="only_documented_errors", init=False)
    cure: ClassVar[str] = "handle that case, or raise an OctaMemError from it"
    also: Tuple[Type[BaseException], ...] = ()

    def check(self, round: Round, /) -> Optional[str]:  # noqa: A002
        """Return the error that it ended with."""
        error = round.error
        if error is None or round.stopped is not None:
            return None
        if isinstance(error, OctaMemError) and error.message == _CLOSED and round.interrupted_at is None:
            evidence = "the scenario ended with a call of a client that it had closed itself"
            return advised(evidence, _KEEP_OPEN, instead(self.name))
        if self._is_documented(error, round):
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
        if not round.claims.answers:
            return None
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
