"""Retries: the requests of a fake that repeat a failed one, whoever sent them: the SDK, or the code above it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Dict, List, Tuple

from fake_server.core.clock import TICKS

from .rules import Waited
from .sightings import sightings_of

if TYPE_CHECKING:
    from fake_server.core import Fake
    from fake_server.core.journal.calls import AttemptView, CallRecord

__all__ = ["Retry", "retries_of"]


@dataclass(frozen=True)
class Retry:
    """An attempt and the next one of the same request, each with its call, which differ if the program repeats calls.

    `waited` is from the arrival of the first to that of the second.
    """

    call: CallRecord
    before: AttemptView
    again: CallRecord
    after: AttemptView
    waited: Waited


def retries_of(fake: Fake) -> List[Retry]:
    """Return the retries of a fake, oldest first.

    A retry is the next attempt of a call, or the same request with the same key after an attempt that failed, unless it
    was sent before that one had ended.
    """
    attempts = [(call, attempt) for call in fake.calls for attempt in call.attempts]
    found: List[Retry] = []
    of_call: Dict[str, Tuple[CallRecord, AttemptView]] = {}
    of_request: Dict[Tuple[object, ...], Tuple[CallRecord, AttemptView]] = {}
    for call, attempt in sorted(attempts, key=lambda each: each[1].entry.seq):
        entry = attempt.entry
        what = (entry.key, entry.endpoint, entry.path, entry.body)
        earlier = of_call.get(call.id)
        if earlier is None and what in of_request and _failed_before(fake, of_request[what][1], attempt):
            earlier = of_request[what]
        if earlier is not None:
            found.append(Retry(*earlier, call, attempt, _waited(fake, earlier[1], attempt)))
        of_call[call.id] = of_request[what] = call, attempt
    return found


def _failed_before(fake: Fake, before: AttemptView, after: AttemptView) -> bool:
    seen = sightings_of(fake).of(before.entry)
    later = sightings_of(fake).of(after.entry)
    if seen is not None and later is not None and (seen.ended is None or seen.ended.at > later.came.at):
        return False
    return not before.entry.delivered


def _waited(fake: Fake, before: AttemptView, after: AttemptView) -> Waited:
    seen, later = sightings_of(fake).of(before.entry), sightings_of(fake).of(after.entry)
    real = 0.0 if seen is None or later is None else later.came.at - seen.came.at
    return Waited((after.at - before.at) / TICKS, real)
