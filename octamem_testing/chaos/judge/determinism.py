"""Determinism checks: rounds that must be the same are compared, and a ScenarioError says how they differ."""

from __future__ import annotations

from typing import Counter as CounterOf
from typing import Iterator, Optional, Sequence, TypeVar

from octamem_testing.chaos.scenario.errors import describe_error
from octamem_testing.chaos.scenario.scenario import ScenarioError
from octamem_testing.chaos.scenario.trial import Round

from .invariant import Invariant, compares_texts

__all__ = [
    "UnrepeatableError",
    "difference_between",
    "has_new_texts",
    "keeps_state",
    "lacks_texts",
    "require_deterministic",
    "require_stateless",
    "require_unperturbed",
]

Key = TypeVar("Key")

_TOLERANCE = 1e-3  # seconds
_NAMED = 3
"""The most waits that a message names."""


class UnrepeatableError(ScenarioError):
    """A scenario of which two rounds differ that must be the same: `difference` is how."""

    def __init__(self, message: str, difference: str) -> None:
        super().__init__(message)
        self.difference = difference

    def explained(self, real_waits: Sequence[str]) -> ScenarioError:
        """Return the error that is raised, with what the program has waited for outside of virtual time."""
        if not real_waits:
            return ScenarioError(str(self))
        return ScenarioError(
            "the scenario waits for something that virtual time cannot move, so its rounds differ: "
            f"{', '.join(real_waits[:_NAMED])}; {self.difference}; start threads and pools inside the scenario, "
            "and replace processes, sockets and signals in it"
        )


def require_deterministic(baseline: Round, again: Round) -> None:
    """Raise ScenarioError if two rounds without faults differ, since no other could be judged by either."""
    difference = difference_between(baseline, again)
    if difference is not None:
        raise UnrepeatableError(
            f"the scenario is not deterministic: two rounds without faults differ: {difference}; "
            "use no clock, no uuid and no state that is kept between rounds",
            difference,
        )


def has_new_texts(invariant: Invariant, result: Round) -> bool:
    """Whether a round may violate an invariant only because its texts differ from those of the baseline."""
    return compares_texts(invariant) and lacks_texts(result.baseline, result)


def lacks_texts(baseline: Round, result: Round) -> bool:
    """Whether a round stores or claims a text that another does not."""
    stored = result.stored.keys() - baseline.stored.keys()
    return bool(stored or result.claims.amount.keys() - baseline.claims.amount.keys())


def require_unperturbed(baseline: Round, perturbed: Round) -> None:
    """Raise ScenarioError if a round differs that began at another time and with another seed of `random`."""
    difference = difference_between(baseline, perturbed)
    if difference is not None:
        raise UnrepeatableError(
            "the scenario depends on the time or on random: "
            f"with another time and another seed of `random`, {difference}; "
            "faults change both, so use a fixed time, or a random.Random with a seed of your own",
            difference,
        )


def require_stateless(baseline: Round, last: Round) -> None:
    """Raise ScenarioError if the round without faults differs at the end of a hunt."""
    difference = difference_between(baseline, last)
    if difference is None and abs(baseline.seconds - last.seconds) > _TOLERANCE:
        difference = f"it took {baseline.seconds:g} s in the first, {last.seconds:g} s in the second"
    if difference is not None:
        raise keeps_state(f"the rounds without faults at the start and at the end of the hunt differ: {difference}")


def keeps_state(difference: str) -> ScenarioError:
    """Return the error for a scenario in which one round changes the next."""
    return UnrepeatableError(
        f"the scenario keeps state between rounds: {difference}; create inside the scenario all that it changes, "
        "such as a list among default arguments, a cache or a circuit breaker of the module",
        difference,
    )


def difference_between(baseline: Round, again: Round) -> Optional[str]:
    """Return how two rounds differ in requests, ending, claims or stored notes; None if they do not."""
    for endpoint, body in _unequal(baseline.asked, again.asked):
        times = _both(baseline.asked[endpoint, body], again.asked[endpoint, body])
        return f"{body!r:.200} was sent to {endpoint or 'elsewhere'} {times}"
    if again.error is not None:
        return f"the first ended without an error, the second with {describe_error(again.error)}"
    claims = baseline.claims.amount, again.claims.amount
    for text in _unequal(*claims):
        return f"{text!r:.80} was claimed {_both(claims[0][text], claims[1][text])}"
    for note in _unequal(baseline.stored, again.stored):
        return f"{note[0]!r:.80} was stored {_both(baseline.stored[note], again.stored[note])}"
    return None


def _unequal(first: CounterOf[Key], second: CounterOf[Key]) -> Iterator[Key]:
    return (each for each in dict.fromkeys([*first, *second]) if first[each] != second[each])


def _both(first: int, second: int) -> str:
    return f"{_times(first)} in the first and {_times(second)} in the second"


def _times(number: int) -> str:
    return {0: "not at all", 1: "once"}.get(number, f"{number} times")
