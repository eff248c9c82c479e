"""Recovery: what a transient fault, a run of them, a crash or another order cost a program for good."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, List, Optional, Sequence

from fake_server.core.clock import TICKS
from octamem_testing.chaos.scenario.trial import RequestRecord, Round
from octamem_testing.chaos.schedule.fault_catalogue import is_transient_drop, is_transient_status
from octamem_testing.chaos.schedule.steps import CRASH, INTERLEAVE, word_of
from octamem_testing.invariants.rules import MOST_ATTEMPTS

from .advice import Advised, advised, instead

__all__ = ["RECOVERED", "Recovers"]

_LONGEST_ASKED = 1.0  # seconds of Retry-After: options may make a program less patient than the documented client
_LONGEST_RUN = 30.0  # seconds: as long as one attempt of the documented client may take
RECOVERED = 3
"""The most calls that are hit once each: a program may share the retries of one call among all its calls."""
_SHOWN = 80  # characters of a text
_MAY_ORDER = "let no result depend on which thread or task goes first"
_GO_ON = "keep what is still to do in a file or a database, so that the next process can go on"


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

    def check(self, round: Round, /) -> Optional[str]:  # noqa: A002 - the word of the domain
        """Return what was lost by a single fault, by one a call, or by a run of faults at one call."""
        hits: List[RequestRecord] = [each for each in round.hits if word_of(each.fault) != INTERLEAVE]
        was_left = round.interrupted_at is not None  # a scenario that was cancelled or closed need not recover
        if was_left or not all(map(_is_transient, hits)):
            return None
        if len({each.what for each in hits}) < len(hits):
            lost = _loss_after_run(round, hits) if len(hits) <= self.most else None
            return advised(lost, self.cure, instead(self.name, "Recovers(most=1)")) if lost else None
        fewest = 0 if round.interleaved else 1
        lost = _loss(round, hits) if fewest <= len(hits) <= RECOVERED else None
        if not lost:
            return None
        evidence = f"{_cause(hits, interleaved=round.interleaved)} {lost}"
        cure = _MAY_ORDER if round.interleaved else _GO_ON if any(map(_is_crash, hits)) else self.cure
        return advised(evidence, cure, instead(self.name))


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
    stored, baseline = _times_stored(round, text), _times_stored(round.baseline, text)
    answered = any(each.text == text and each.endpoint != "add" and each.delivered for each in round.requests)
    return stored >= baseline > 0 or answered


def _times_stored(round: Round, text: str) -> int:  # noqa: A002
    return sum(times for (content, _), times in round.stored.items() if content == text)


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


def _loss_after_run(round: Round, hits: Sequence[RequestRecord]) -> Optional[str]:  # noqa: A002
    """Return what a run of faults at one call cost, None for nothing, or if no program need recover from it.

    A program may stop after so many failures, and leave out other calls. In several lives, and in another order of
    threads or tasks, nobody can tell which attempt is the last.
    """
    if round.lives > 1 or round.interleaved:
        return None
    call = next((group for group in round.groups if any(each is hits[0] for each in group)), ())
    *failed, succeeded = call or hits
    only_run = len(failed) == len(hits) and all(each.fault is not None for each in failed)
    if not only_run or not succeeded.delivered or succeeded.at - failed[0].at > _LONGEST_RUN * TICKS:
        return None
    what = (
        f"{len(hits)} faults in a row at {failed[0].name} ({hits[0].fault}), after which {succeeded.name} was answered,"
    )
    if round.error is not None and round.baseline.error is None:
        return f"{what} ended the scenario with {type(round.error).__name__}"
    others = {each.text for each in round.baseline.requests} - {succeeded.text}
    for text in round.baseline.claims.amount - round.claims.amount:
        if text not in others:
            return f"{what} lost {text!r:.{_SHOWN}}, which is not claimed"
    return None
