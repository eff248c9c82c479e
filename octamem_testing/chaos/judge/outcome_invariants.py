"""Promises about what a program comes to: what is stored, what it was told, and how it ends."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from json import loads
from typing import ClassVar, Dict, Iterator, Optional, Set, Tuple, Type
from typing import Counter as CounterOf

from octamem import OctaMemError
from octamem_testing.chaos.scenario.errors import message_of
from octamem_testing.chaos.scenario.trial import RequestRecord, Round
from octamem_testing.chaos.schedule.fault_catalogue import drop_passes, status_passes
from octamem_testing.chaos.schedule.steps import word_of

__all__ = ["AcknowledgedOnce", "NothingUnasked", "OnlyDocumentedErrors", "OwnAnswer", "Recovers"]

_LONGEST_ASKED = 1.0  # seconds of Retry-After: a program may have less patience than the page's client, by its options
RECOVERED = 3
"""Calls that are struck once each, at most: as many retries as the page's client has may be meant for all together."""
_SHOWN = 80  # characters of a text
_ON_PURPOSE = 'where it is not to try again, invariants=chaos.without("recovers")'


@dataclass(frozen=True)
class AcknowledgedOnce:
    """What the client was told is stored is stored once: as often as the round without faults stores it, at most.

    Told means a success to an add that was delivered whole, or a claim of the scenario.
    """

    name: str = field(default="acknowledged_once", init=False)
    compares_texts: ClassVar[bool] = True

    def check(self, round: Round, /) -> Optional[str]:  # noqa: A002 - the word of the domain
        """Say which note was acknowledged, and stored too often or not at all."""
        stored, baseline = round.stored, round.baseline.stored
        told = Counter(
            (arrival.text, (arrival.context or "").strip())
            for arrival in round.requests
            if arrival.endpoint == "add" and arrival.delivered and arrival.text is not None
        )
        for (text, context), times in told.items():
            seen = _stored(f"the add of {text!r:.{_SHOWN}}", times, stored[text, context], baseline[text, context])
            if seen:
                return seen
        texts, calm_texts = _by_text(stored), _by_text(baseline)
        for text, times in Counter(round.claims.saved).items():
            if not texts[text] and not calm_texts[text]:
                return (
                    f"{text!r:.{_SHOWN}} was returned, which claims a saved note of that text; "
                    "none is stored even without faults: return None where it is no claim"
                )
            seen = _stored(f"{text!r:.{_SHOWN}}, claimed as saved,", times, texts[text], calm_texts[text])
            if seen:
                return seen
        return None


def _by_text(stored: CounterOf[Tuple[str, str]]) -> CounterOf[str]:
    texts: CounterOf[str] = Counter()
    for (text, _), times in stored.items():
        texts[text] += times
    return texts


def _stored(what: str, told: int, stored: int, baseline: int) -> Optional[str]:
    most = max(1, baseline)
    if min(told, most) <= stored <= most:
        return None
    times = "not stored" if stored == 0 else f"stored {stored} times"
    often = "once" if most == 1 else f"{most} times"
    return f"{what} was acknowledged and is {times}, where it is stored {often} without faults"


@dataclass(frozen=True)
class NothingUnasked:
    """Whatever is stored, under that context, is what the round without faults stores too."""

    name: str = field(default="nothing_unasked", init=False)
    compares_texts: ClassVar[bool] = True

    def check(self, round: Round, /) -> Optional[str]:  # noqa: A002
        """Say which note is stored that nobody asked for."""
        baseline = round.baseline.stored
        for content, context in round.stored:
            if (content, context) not in baseline:
                under = f"under {context!r:.{_SHOWN}}" if context else "without a context"
                return f"{content!r:.{_SHOWN}} is stored {under}, which no round without faults stores"
        return None


@dataclass(frozen=True)
class OnlyDocumentedErrors:
    """The scenario ends well, or with an OctaMemError; `also` names error types that are right too.

    A group of such errors is none: what catches an OctaMemError lets a group pass.
    """

    name: str = field(default="only_documented_errors", init=False)
    also: Tuple[Type[BaseException], ...] = ()

    def check(self, round: Round, /) -> Optional[str]:  # noqa: A002
        """Say which error it ended with."""
        error = round.error
        if error is None or round.stopped is not None or self._is_documented(error, round):
            return None
        said = message_of(error).partition("\n")[0]
        several: Tuple[BaseException, ...] = getattr(error, "exceptions", ())
        group = ", which `except OctaMemError` does not catch" if several else ""
        return f"the scenario ended with {type(error).__name__}{f': {said:.200}' if said else ''}{group}"

    def _is_documented(self, error: BaseException, round: Round) -> bool:  # noqa: A002
        if isinstance(error, (OctaMemError, *self.also)):
            return True
        return type(error).__name__ == "CancelledError" and round.interrupted_at is not None


@dataclass(frozen=True)
class OwnAnswer:
    """Each answer that a scenario claims for a text is one that the fake gave to a request with that text.

    A text that no request has, with faults or without, is a name of the scenario's own, and claims nothing.
    """

    name: str = field(default="own_answer", init=False)

    def check(self, round: Round, /) -> Optional[str]:  # noqa: A002
        """Say which call was given the answer of another."""
        given: Dict[str, Set[str]] = {}
        for arrival in round.requests:
            if arrival.text is not None and arrival.entry.response:
                given.setdefault(arrival.text, set()).update(_ids(arrival.entry.response))
        asked = {arrival.text for over in (round, round.baseline) for arrival in over.requests}
        for text, answer in round.claims.answers:
            if text not in asked:
                continue
            identity = getattr(answer, "pending_id", None) or getattr(answer, "id", None)
            if identity is not None and identity not in given.get(text, set()):
                owner = next((each for each, ids in given.items() if identity in ids), None)
                whose = "no request of the round" if owner is None else f"{owner!r:.{_SHOWN}}"
                return f"{text!r:.{_SHOWN}} was answered with {identity!r:.{_SHOWN}}, which was given to {whose}"
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
class Recovers:
    """A passing fault does not fail a scenario, where the call may safely be sent again.

    That is a 429, 5xx, a lost connection, an answer cut short or a time-out of the client's own at a read, or a 429 at
    an add, that asks for no wait above a second (how long to wait is the program's to decide); it strikes one
    call, or two or three once each. The scenario then ends well and claims as much as without faults. One that makes no
    claim stores as much, where adds alone are struck. A program that is not to try again is held to all but this:
    `without("recovers")`.
    """

    name: str = field(default="recovers", init=False)
    compares_texts: ClassVar[bool] = True

    def check(self, round: Round, /) -> Optional[str]:  # noqa: A002
        """Say what a single fault, or one a call, cost."""
        hits = round.hits
        once = len({each.what for each in hits}) == len(hits)
        was_left = round.interrupted_at is not None  # cancelled, or its client closed: it has nothing to recover
        if was_left or not 0 < len(hits) <= RECOVERED or not once or not all(map(_passes, hits)):
            return None
        what = f"{hits[0].fault} at {' and at '.join(each.name for each in hits)}, once"
        what = what if len(hits) == 1 else f"{what} each"
        if round.error is not None and round.baseline.error is None:
            return f"{what}, ended the scenario with {type(round.error).__name__}; {_ON_PURPOSE}"
        lost = round.baseline.claims.amount - round.claims.amount
        if lost:
            return f"{what}, lost {next(iter(lost))!r:.{_SHOWN}}, which is not claimed; {_ON_PURPOSE}"
        if not round.baseline.claims.amount and all(each.endpoint == "add" for each in hits):
            for text, _ in round.baseline.stored - round.stored:
                return f"{what}, lost {text!r:.{_SHOWN}}, which is not stored; {_ON_PURPOSE}"
        return None


def _passes(struck: RequestRecord) -> bool:
    word, status = word_of(struck.fault), struck.status or 0
    # Who gave a request up before its time-out had less patience than that, which is no mistake.
    late = struck.endpoint != "add" and word == "hang" and struck.known is not None
    passing = late or status_passes(status, struck.endpoint) or drop_passes(word, struck.endpoint)
    return passing and (struck.retry_after or 0.0) <= _LONGEST_ASKED
