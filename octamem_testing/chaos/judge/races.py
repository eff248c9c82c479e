"""Races of the baseline: what several threads or tasks store, although each of them meant to store it only once."""

from __future__ import annotations

from json import dumps
from typing import Collection, Dict, List, Optional, Tuple

from octamem_testing.chaos.scenario.reruns import Change
from octamem_testing.chaos.scenario.trial import RequestRecord, Round
from octamem_testing.chaos.schedule.steps import INTERLEAVE, word_of

__all__ = ["LOCK", "stored_after_looks", "stored_as_ordered", "stored_beside_others"]

_SHOWN = 80  # characters of a text
LOCK = "let one lock, which all of them share, be held from the look to the add"


def stored_after_looks(baseline: Round, repeated: Collection[str] = ()) -> Optional[str]:
    """Return which note two senders store that both asked the same first, None for none.

    Neither was given the note as an answer, because both asked before the first of them had stored it. If it is there
    before, the program stores it less often: else whoever asks would store it whatever the answer is.
    """
    for (text, *_), adds in _by_several(baseline, repeated).items():
        first, looked_first = adds[0], _look_before(baseline, adds[0])
        for add in adds[1:]:
            look = _look_before(baseline, add)
            if look is None or looked_first is None or look.what != looked_first.what or look.at > first.at:
                continue
            if look.number < first.number and _is_stored_unless_found(baseline, text):
                return (
                    f"{text!r:.{_SHOWN}} is stored by {first.name} and by {add.name}, even without faults: "
                    f"{looked_first.name} and {look.name} both looked before it was stored"
                )
    return None


def _is_stored_unless_found(baseline: Round, text: str) -> bool:
    """Whether the program stores a note less often if it is there before, so that its look was meant to find it."""
    if baseline.reruns is None:
        return False
    learned, key = baseline.reruns.learned, ("unless found", text)
    if key not in learned:
        again = baseline.reruns.play("", Change(memories=(text,)))
        learned[key] = _times_added(again, text) < _times_added(baseline, text)
    return learned[key]


def _times_added(round: Round, text: str) -> int:  # noqa: A002 - the word of the domain
    return sum(len(each.entry.stored) for each in round.requests if each.endpoint == "add" and each.text == text)


def stored_as_ordered(round: Round, repeated: Collection[str] = ()) -> Optional[str]:  # noqa: A002 - the word of the domain
    """Return which note is stored less often if threads or tasks go in another order, None for none."""
    if not round.interleaved or any(word_of(each.fault) != INTERLEAVE for each in round.hits):
        return None
    for (text, context, _), adds in _by_several(round.baseline, repeated).items():
        times = round.stored[text, context]
        if 0 < times < len(adds) == round.baseline.stored[text, context]:
            return (
                f"{text!r:.{_SHOWN}} is stored {len(adds)} times without faults, by as many threads or tasks, "
                f"and {'once' if times == 1 else f'{times} times'} if they go in another order"
            )
    return None


def stored_beside_others(baseline: Round, repeated: Collection[str] = ()) -> Optional[str]:
    """Return which note is stored less often if its threads or tasks go one after the other, None for none.

    Whoever checks in memory whether the note was saved finds that only if another one has ended its add by then.
    """
    for (text, context, _), adds in _by_several(baseline, repeated).items():
        if _is_stored_once_in_series(baseline, text, context):
            names = " and by ".join(dict.fromkeys(add.name for add in (adds[0], adds[-1])))
            return (
                f"{text!r:.{_SHOWN}} is stored by {names}, even without faults, "
                f"but less often if each of these threads or tasks begins after the one before it has ended"
            )
    return None


def _is_stored_once_in_series(baseline: Round, text: str, context: str) -> bool:
    if baseline.reruns is None:
        return False
    again = baseline.reruns.play_once("", Change(in_series=True))
    ended_alike = again.error is None and again.stopped is None and again.in_series
    return ended_alike and 0 < again.stored[text, context] < baseline.stored[text, context]


def _by_several(baseline: Round, repeated: Collection[str]) -> Dict[Tuple[str, str, str], List[RequestRecord]]:
    """Return the adds of each note that several senders store, once each, and that is claimed less often.

    Texts in `repeated` may be stored any number of times.
    """
    found: Dict[Tuple[str, str, str], List[RequestRecord]] = {}
    for each in baseline.requests:
        if each.endpoint == "add" and each.entry.stored and each.text is not None and each.text not in repeated:
            found.setdefault((each.text, (each.context or "").strip(), each.entry.key), []).append(each)
    return {
        note: adds
        for note, adds in found.items()
        if len({add.sender for add in adds}) == len(adds) > max(1, baseline.claims.saved.count(note[0]))
    }


def _look_before(baseline: Round, add: RequestRecord) -> Optional[RequestRecord]:
    """Return the last search before an add by the same sender, if its answer has not the note."""
    note = dumps(add.text).encode()
    looks = [
        each
        for each in baseline.requests[: add.number - 1]
        if each.endpoint == "search" and (each.sender, each.account) == (add.sender, add.account) and each.delivered
    ]
    found = [each for each in looks if note in (each.entry.response or b"")]
    return looks[-1] if looks and not found else None
