"""How a failed assertion is told: what was expected, what came, what to do, and the calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, Sequence

from octamem_testing.report.timeline import indented, timeline

if TYPE_CHECKING:
    from fake_server.core import Fake
    from fake_server.core.journal.calls import CallRecord

__all__ = ["clock_given", "endpoint_named", "failure", "fake_given", "unless_silent"]

NOTHING_SENT = (
    "nothing was sent: was the code under test run, is an `await` missing, or does its client go elsewhere than to "
    "this fake?"
)
ENDPOINTS = ("add", "details", "search")


def fake_given(fake: Any, assertion: str) -> None:
    """See that an assertion was given the fake; raises TypeError, which says what it was given instead."""
    # By what it can do, of its class: a project that tests plugins of its own may have loaded ours twice.
    if not all(hasattr(type(fake), name) for name in ("calls", "dropped", "memories", "requests")):
        wanted = "the fake: octamem_fake, or the .fake of octamem_server"
        raise TypeError(f"{assertion} takes {wanted}; it was given {_kind(fake)}")


def clock_given(clock: Any, assertion: str) -> None:
    """See that an assertion was given the clock; raises TypeError, which says what it was given instead."""
    if not all(hasattr(type(clock), name) for name in ("waits", "fake")):
        raise TypeError(f"{assertion} takes the clock: octamem_clock; it was given {_kind(clock)}")


def endpoint_named(endpoint: str) -> str:
    """Give an endpoint back; raises ValueError for one that does not exist."""
    if endpoint not in ENDPOINTS:
        raise ValueError(f"endpoint is {endpoint!r}: one of {', '.join(ENDPOINTS)}, or none for all")
    return endpoint


def unless_silent(fake: Fake, hint: str) -> str:
    """Give what is to be done, or, where no request reached the fake at all, why that may be."""
    return hint if fake.dropped() or fake.requests() else NOTHING_SENT


def failure(
    expected: str, got: str, hint: str, fake: Fake, calls: Optional[Sequence[CallRecord]] = None
) -> AssertionError:
    """Build the error of an assertion, with the timeline of the calls concerned, or of all where none is."""
    told = indented(timeline(fake, calls or None))
    return AssertionError(f"expected: {expected}\ngot: {got}\nwhat to do: {hint}\nthe calls:\n{told}")


def _kind(value: object) -> str:
    name = type(value).__name__
    return f"{'an' if name[:1] in 'AEIOUaeiou' else 'a'} {name}"
