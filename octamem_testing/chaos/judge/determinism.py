"""What must be the same from round to round, so that one can be judged by another: compared, and said in words."""

from __future__ import annotations

from typing import Optional

from octamem_testing.chaos.scenario.errors import describe_error
from octamem_testing.chaos.scenario.scenario import ScenarioError
from octamem_testing.chaos.scenario.trial import Round

from .invariant import Invariant, compares_texts

__all__ = ["hold_alike", "hold_elsewhen", "hold_stateless", "keeps_state", "rests_on_texts"]

_MOMENT = 1e-3  # seconds


def hold_alike(baseline: Round, again: Round) -> None:
    """Raise ScenarioError where two rounds without faults differ: nothing could be judged by either."""
    differs = _difference(baseline, again)
    if differs is not None:
        raise ScenarioError(
            f"two rounds without faults were not alike: {differs}; "
            "a scenario has to do the same each time: take its texts from no clock, no uuid and no state that it keeps"
        )


def rests_on_texts(invariant: Invariant, broke: Round) -> bool:
    """Say whether a round may break a promise for nothing but texts that the round without faults does not have."""
    if not compares_texts(invariant):
        return False
    baseline = broke.baseline
    is_new = broke.stored.keys() - baseline.stored.keys() or broke.claims.amount.keys() - baseline.claims.amount.keys()
    return bool(is_new)


def hold_elsewhen(baseline: Round, elsewhen: Round) -> None:
    """Raise ScenarioError where a round differs that began at another moment and with another seed of `random`."""
    differs = _difference(baseline, elsewhen)
    if differs is not None:
        raise ScenarioError(
            "the scenario depends on the moment or on chance: "
            f"with another time and another seed of `random`, {differs}; "
            "faults change both, so take what is sent, stored and claimed from neither: "
            "a fixed moment, or a random.Random with a seed of your own, serves"
        )


def hold_stateless(baseline: Round, last: Round) -> None:
    """Raise ScenarioError where the round without faults is another one at the end of a hunt."""
    differs = _difference(baseline, last)
    if differs is None and abs(baseline.seconds - last.seconds) > _MOMENT:
        differs = f"it took {baseline.seconds:g} s in the one, {last.seconds:g} s in the other"
    if differs is not None:
        raise keeps_state(f"of the rounds without faults at the beginning of the hunt and at its end, {differs}")


def keeps_state(differs: str) -> ScenarioError:
    """Make the error of a scenario in which one round changes what the next one does."""
    return ScenarioError(
        f"the scenario keeps state between rounds: {differs}; each round has to begin anew: make inside of it what it "
        "changes, such as a list among default arguments, a cache or a circuit breaker of the module"
    )


def _difference(baseline: Round, again: Round) -> Optional[str]:
    for what in dict.fromkeys([*baseline.asked, *again.asked]):
        if baseline.asked[what] != again.asked[what]:
            sent = f"{what[1]!r:.200} was sent to {what[0] or 'elsewhere'}"
            return f"{sent} {_times(baseline.asked[what])} in the one, {_times(again.asked[what])} in the other"
    if again.error is not None:
        return f"the one ended well, the other with {describe_error(again.error)}"
    claims = baseline.claims.amount, again.claims.amount
    for text in dict.fromkeys([*claims[0], *claims[1]]):
        if claims[0][text] != claims[1][text]:
            return (
                f"{text!r:.80} was claimed {_times(claims[0][text])} in the one, {_times(claims[1][text])} in the other"
            )
    for note in dict.fromkeys([*baseline.stored, *again.stored]):
        if baseline.stored[note] != again.stored[note]:
            often = f"{_times(baseline.stored[note])} in the one, {_times(again.stored[note])} in the other"
            return f"{note[0]!r:.80} was stored {often}"
    return None


def _times(number: int) -> str:
    return {0: "not at all", 1: "once"}.get(number, f"{number} times")
