"""An invariant: what it is, and how one round is checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, Optional, Protocol, Tuple

from .advice import Advised, advised, instead

if TYPE_CHECKING:
    from octamem_testing.chaos.scenario.trial import Round

__all__ = ["Invariant", "Violation", "compares_texts", "evidence_against", "judging_new_texts", "violations"]

_RETURNS = "check() must return None, or a str that says what was violated"


class Invariant(Protocol):
    """A rule that holds whatever the service does: a name, and a check of one finished round.

    An invariant that looks for the texts of the baseline says so by a class attribute, `compares_texts = True`. If a
    round has other texts, the hunt then makes sure that neither time nor chance made them.
    """

    @property
    def name(self) -> str:
        """The name, such as "acknowledged_once"."""
        ...

    def check(self, round: Round, /) -> Optional[str]:  # noqa: A002 - the word of the domain
        """Return the evidence that it is violated, None if it holds."""
        ...


Violation = Tuple[Invariant, str]
"""An invariant that a round violates, and the evidence."""


def compares_texts(invariant: Invariant) -> bool:
    """Whether an invariant compares texts with those of the baseline, which it must say itself."""
    # Not a member of the protocol, so that an invariant without it stays one for a type checker.
    return getattr(invariant, "compares_texts", False) is True


def judging_new_texts(invariants: Tuple[Invariant, ...]) -> Tuple[Invariant, ...]:
    """Return those that can judge a round whose texts the baseline lacks: they compare none, or say that they can."""
    return tuple(each for each in invariants if getattr(each, "judges_new_texts", not compares_texts(each)) is True)


def violations(invariants: Iterable[Invariant], result: Round) -> Tuple[Violation, ...]:
    """Return each invariant that a round violates, with its evidence, in the order of `invariants`."""
    __tracebackhide__ = True
    found = ((invariant, evidence_against(invariant, result)) for invariant in invariants)
    return tuple((invariant, evidence) for invariant, evidence in found if evidence is not None)


def evidence_against(invariant: Invariant, result: Round) -> Optional[str]:
    """Return the evidence that a round violates an invariant, None if it holds; raises for a check that fails."""
    __tracebackhide__ = True
    schedule = f"(schedule: {result.schedule!r:.200})" if result.schedule else "(schedule: none)"
    try:
        evidence: Any = invariant.check(result)
    except Exception as error:
        raise RuntimeError(
            f"the invariant {invariant.name!r} raised {type(error).__name__}: {error} {schedule}; {_RETURNS}"
        ) from error
    if evidence is None:
        return None
    if isinstance(evidence, str) and evidence.strip():
        if not isinstance(invariant, Advised):
            return evidence
        return advised(evidence, invariant.cure, instead(invariant.name))
    raise TypeError(f"the invariant {invariant.name!r} returned {evidence!r:.80} {schedule}; {_RETURNS}")
