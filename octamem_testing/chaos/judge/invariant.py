"""A promise: what it has to have, what it may say of itself, and what it answers of one round."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, Protocol, Tuple

if TYPE_CHECKING:
    from octamem_testing.chaos.scenario.trial import Round

__all__ = ["Invariant", "broken", "compares_texts"]


class Invariant(Protocol):
    """What a program is to keep whatever the service does: a name, and a check of one round that is over.

    One may say of itself besides, as a class attribute `compares_texts = True`, that it looks for the texts of the
    round without faults: of a round that has others it is then asked whether the moment or chance made them.
    """

    @property
    def name(self) -> str:
        """The name, such as "acknowledged_once"."""
        ...

    def check(self, round: Round, /) -> Optional[str]:  # noqa: A002 - the word of the domain
        """Say what was seen that breaks it, None where it is kept."""
        ...


def compares_texts(invariant: Invariant) -> bool:
    """Say whether a promise compares texts with those of the round without faults: not unless it says so."""
    # No member of the protocol: promises that were written without it stay promises for a type checker.
    return getattr(invariant, "compares_texts", False) is True


def broken(invariants: Tuple[Invariant, ...], over: Round) -> Optional[Tuple[Invariant, str]]:
    """Give the first promise that a round breaks, with what was seen; None where all are kept."""
    __tracebackhide__ = True
    for invariant in invariants:
        seen = _answer(invariant, over)
        if seen is not None:
            return invariant, seen
    return None


def _answer(invariant: Invariant, over: Round) -> Optional[str]:
    __tracebackhide__ = True
    try:
        seen: Any = invariant.check(over)
    except Exception as error:
        raise RuntimeError(
            f"the promise {invariant.name!r} could not be checked in the round of {over.schedule!r:.200}: "
            f"{type(error).__name__}: {error}; a check returns None where it is kept, else what was seen"
        ) from error
    if seen is None or (isinstance(seen, str) and seen.strip()):
        return seen
    raise TypeError(
        f"the promise {invariant.name!r} answered {seen!r:.80} in the round of {over.schedule!r:.200}: "
        "a check returns None where it is kept, else what was seen, as a text"
    )
