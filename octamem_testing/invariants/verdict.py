"""The verdict on an ordinary test: which invariants its requests violate, with the evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Dict, Iterator, List, Optional, Tuple

from fake_server.core.faults.steps import LIES
from fake_server.core.journal.calls import calls_of

from .rules import (
    LEAST_WAIT,
    REFUSALS,
    asks_for_no_wait,
    asks_to_wait,
    refusal_repeated,
    sent_at_once,
    sent_too_soon,
    tried_too_often,
)
from .sightings import Repeat, sightings_of

if TYPE_CHECKING:
    from fake_server.core import Fake
    from fake_server.core.journal.entry import Entry

__all__ = ["Violation", "violations"]

_CLEAR = 0.05  # seconds of a pause that is no accident of a busy machine


@dataclass(frozen=True)
class Violation:
    """One violated invariant by the name that it has in chaos, its evidence, and the requests that show it."""

    invariant: str
    evidence: str
    requests: Tuple[Entry, ...]


def violations(fake: Fake) -> List[Violation]:
    """Return the first violation of each invariant by the requests that the kit has seen on their way to a fake.

    Only requests that are known to be attempts of one call are judged, and not those that our SDK makes by itself: how
    often it tries, and when, follows from the options of its client.
    """
    repeats = [repeat for repeat in sightings_of(fake).repeats if not repeat.overlaps]
    searches = [entry.seq for entry in fake.requests() if entry.endpoint == "search" and entry.delivered]
    found: Dict[str, Violation] = {}
    for violation in [*_in_pairs(repeats, searches), *_in_chains(repeats)]:
        found.setdefault(violation.invariant, violation)
    return list(found.values())


def _in_pairs(repeats: List[Repeat], searches: List[int]) -> Iterator[Violation]:
    invited = {id(repeat.after) for repeat in repeats if asks_for_no_wait(repeat.before, _asked(repeat.before))}
    for repeat in repeats:
        if repeat.one_call and not repeat.in_sdk:
            found = [("acknowledged_once", _stored_again(repeat, searches))]
            if not repeat.elsewhere:  # another gateway may answer at once, and otherwise
                found += [
                    ("retry_after_honoured", _too_soon(repeat)),
                    ("refusals_not_repeated", _refused(repeat)),
                ]
                if id(repeat.after) not in invited or id(repeat.before) in invited:  # it was told to come at once
                    found.append(("delayed", _at_once(repeat)))
            for invariant, evidence in found:
                if evidence is not None:
                    yield Violation(invariant, evidence, (repeat.before, repeat.after))


def _in_chains(repeats: List[Repeat]) -> Iterator[Violation]:
    """Yield the calls of too many attempts, unless our SDK alone made them."""
    chains: Dict[int, List[Entry]] = {}
    repeated = set()
    for repeat in repeats:
        if repeat.in_sdk or repeat.one_call:
            chain = chains.pop(id(repeat.before), [repeat.before])
            chain.append(repeat.after)
            chains[id(repeat.after)] = chain
            if not repeat.in_sdk or id(repeat.before) in repeated:
                repeated.add(id(repeat.after))
                evidence = tried_too_often(repeat.after.endpoint, len(chain))
                if evidence is not None:
                    yield Violation("bounded", evidence, tuple(chain))


def _stored_again(repeat: Repeat, searches: List[int]) -> Optional[str]:
    """Return the evidence that an add was stored, repeated under another key, acknowledged, and stored again."""
    before, after = repeat.before, repeat.after
    truthful = not any((entry.fault or "").startswith(tuple(LIES)) for entry in (before, after))
    looked = any(before.seq < seq < after.seq for seq in searches)
    if repeat.same_token or looked or not (before.stored and after.stored and after.delivered and truthful):
        return None
    return (
        f"{_name(after)} was acknowledged, but its memory is stored twice: {_name(before)} had stored it although its "
        "answer was lost, and the repeat had no Idempotency-Key or another one"
    )


def _too_soon(repeat: Repeat) -> Optional[str]:
    before = repeat.before
    # If the test chose waits of 0, a pause shows that the program waits all the same, though not for as long as asked.
    judged = repeat.waits == "own" or (repeat.waits == "chosen" and (repeat.paused or 0.0) >= _CLEAR)
    if not judged or not asks_to_wait(before):
        return None
    # A program that reads a date compares it with its own time, and the fake has a time of its own.
    if not (repeat.by_sdk or (before.retry_after or "").strip().isdigit()):
        return None
    asked = _asked(before)
    if asked is None:
        return None
    return sent_too_soon(_name(repeat.after), _name(before), before.status, waited=repeat.waited, asked=asked)


def _asked(entry: Entry) -> Optional[float]:
    return calls_of([entry])[0].attempts[0].retry_after


def _refused(repeat: Repeat) -> Optional[str]:
    before = repeat.before
    if before.status not in REFUSALS or before.lost or before.spoilt:
        return None
    return refusal_repeated(_name(repeat.after), _name(before), before.status)


def _at_once(repeat: Repeat) -> Optional[str]:
    if repeat.waits != "own" or repeat.paused is None or repeat.before.status in REFUSALS:
        return None
    whole = int(repeat.paused / LEAST_WAIT) * LEAST_WAIT  # what is less is the machine's, and differs in each run
    return sent_at_once(_name(repeat.after), _name(repeat.before), waited=whole)


def _name(entry: Entry) -> str:
    return f"{entry.endpoint or 'request'} #{entry.seq}"
