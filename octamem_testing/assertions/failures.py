"""The message of a failed assertion: what was expected, what was seen, what to do, and the calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional, Sequence

from octamem_testing.checks import mismatch, one_of
from octamem_testing.report.timeline import indented, timeline

if TYPE_CHECKING:
    from fake_server.core import Fake
    from fake_server.core.journal.calls import CallRecord

__all__ = ["check_endpoint", "failure", "hint_or_nothing_sent"]

NOTHING_SENT = (
    "no request was sent to this fake: check that the code under test ran, that no `await` is missing, and that its "
    "client uses this fake and no mock of httpx"
)
ENDPOINTS = ("add", "details", "search")


def check_endpoint(endpoint: str, *, or_none: bool = False) -> None:
    """Check that an endpoint exists; raises ValueError."""
    if endpoint not in ENDPOINTS:
        choice = one_of(ENDPOINTS) + (" (or None for all)" if or_none else "")
        raise ValueError(mismatch("endpoint", choice, endpoint))


def hint_or_nothing_sent(fake: Fake, hint: str) -> str:
    """Return the hint, or, if no request reached the fake, what to check then."""
    return hint if fake.dropped() or fake.requests() else NOTHING_SENT


def failure(
    expected: str, got: str, hint: str, fake: Fake, calls: Optional[Sequence[CallRecord]] = None
) -> AssertionError:
    """Return the error of an assertion, with the timeline of the calls concerned, or of all calls if there are none."""
    shown = indented(timeline(fake, calls or None))
    return AssertionError(f"expected: {expected}\ngot: {got}\nwhat to do: {hint}\nthe calls:\n{shown}")
