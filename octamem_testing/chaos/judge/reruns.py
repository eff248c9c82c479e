"""What a judge learns from reruns: whether a loop of retries is bounded, and whether a wait was drawn."""

from __future__ import annotations

import re
from typing import Optional, Tuple

from fake_server.core.clock import TICKS
from octamem_testing.chaos.scenario.reruns import Change
from octamem_testing.chaos.scenario.trial import RequestRecord, Round

__all__ = ["is_bounded_in_time", "is_drawn_wait", "with_lasting_faults"]

_FEW = 2
"""Attempts that say nothing of the whole: a time limit of one attempt ends a loop after them, too."""
_HALVINGS = 12
_TIMES = re.compile(r" x\d+\b")
_LASTING = " x300"  # more requests than a round may send beyond its baseline, of a program of few calls
_DRAWS = 8
"""How often a wait is drawn again: one that is too short each time is no accident."""


def is_bounded_in_time(over: Round, call: RequestRecord, *, attempts: int, seconds: float) -> bool:
    """Whether the program gives a call up after a time, rather than never or after a number of attempts.

    It does if it gives up before the faults are over, and after at most `attempts`, once each attempt takes so long
    that these take `seconds`. If that ends it after the first attempts, each takes half as long, and so on: a limit of
    each attempt by itself, from which a loop begins again, then ends nothing any more.
    """
    if over.reruns is None:
        return False
    key = ("in time", *_failure(over, call), attempts, seconds)
    learned = over.reruns.learned
    if key not in learned:
        learned[key] = _gives_up_in_time(over, call, attempts, seconds)
    return learned[key]


def _gives_up_in_time(over: Round, call: RequestRecord, attempts: int, seconds: float) -> bool:
    if over.reruns is None:
        return False
    longer = seconds / attempts
    for _ in range(_HALVINGS):
        again = over.reruns.play(over.schedule, Change(longer=longer))
        made = [each for each in again.requests if each.what == call.what and each.account == call.account]
        if again.stopped is not None or len(made) > attempts or (made and made[-1].delivered):
            return False
        if len(made) > _FEW:
            return True
        longer /= 2
    return False


def with_lasting_faults(over: Round, call: RequestRecord) -> Optional[Round]:
    """Return the round with each fault that comes several times lasting for longer, None if nobody can make it.

    One such round shows what becomes of a call under the faults that hit it, whatever else a schedule has.
    """
    if over.reruns is None:
        return None
    return over.reruns.play_once(_TIMES.sub(_LASTING, over.schedule), Change(), ("lasting", *_failure(over, call)))


def _failure(over: Round, call: RequestRecord) -> Tuple[object, ...]:
    """Return a call with the faults that hit it, which is what a loop of retries goes by."""
    hit = frozenset(each.fault for each in over.hits if each.what == call.what)
    return call.what, call.account, hit


def is_drawn_wait(over: Round, before: RequestRecord, after: RequestRecord, *, least: float) -> bool:
    """Whether `random` made a wait shorter than `least`: drawn again it is longer."""
    if over.reruns is None:
        return False
    short = _waited(over, before, after)
    for draw in range(1, _DRAWS + 1):
        again = over.reruns.play(over.schedule, Change(draw=draw))
        waited = _waited(again, before, after)
        if waited is not None and waited >= least:
            return True
        if waited == short and not over.used_random:  # nor did another generator draw it
            return False
    return False


def _waited(again: Round, before: RequestRecord, after: RequestRecord) -> Optional[float]:
    """Return how long the same retry has waited in another round, in seconds, None if there is none."""
    for earlier, later in again.retries:
        if (earlier.name, later.name) == (before.name, after.name) and earlier.known is not None:
            return (later.at - earlier.known) / TICKS
    return None
