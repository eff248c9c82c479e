"""Runs of faults: what a program lost although it tried one call until an attempt succeeded."""

from __future__ import annotations

from typing import Optional, Sequence

from fake_server.core.clock import TICKS
from octamem_testing.chaos.scenario.trial import RequestRecord, Round

__all__ = ["loss_after_run"]

_LONGEST = 30.0  # seconds: as long as one attempt of the documented client may take
_SHOWN = 80  # characters of a text


def loss_after_run(round: Round, hits: Sequence[RequestRecord]) -> Optional[str]:  # noqa: A002 - the word of the domain
    """Return what a run of faults at one call cost, None for nothing, or if no program need recover from it.

    A program may stop after so many failures, and leave out other calls. In several lives, and in another order of
    threads or tasks, nobody can tell which attempt is the last.
    """
    if round.lives > 1 or round.interleaved:
        return None
    call = next((group for group in round.groups if any(each is hits[0] for each in group)), ())
    *failed, succeeded = call or hits
    only_run = len(failed) == len(hits) and all(each.fault is not None for each in failed)
    if not only_run or not succeeded.delivered or succeeded.at - failed[0].at > _LONGEST * TICKS:
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
