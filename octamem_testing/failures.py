"""How a failed assertion is told: what was expected, what came, what to do, and the calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional, Sequence

from .timeline import indented, timeline

if TYPE_CHECKING:
    from fake_server.core import Fake
    from fake_server.core.ledger import CallRecord

__all__ = ["counted", "endpoint_named", "failure"]

ENDPOINTS = ("add", "details", "search")


def endpoint_named(endpoint: str) -> str:
    """Give an endpoint back; raises ValueError for one that does not exist."""
    if endpoint not in ENDPOINTS:
        raise ValueError(f"endpoint is {endpoint!r}: one of {', '.join(ENDPOINTS)}, or none for all")
    return endpoint


def counted(number: int, thing: str) -> str:
    """Write a number of things, in the plural where it is one."""
    if number == 1:
        return f"1 {thing}"
    return f"{number} {thing[:-1]}ies" if thing.endswith("y") else f"{number} {thing}s"


def failure(
    expected: str, got: str, hint: str, fake: Fake, calls: Optional[Sequence[CallRecord]] = None
) -> AssertionError:
    """Build the error of an assertion, with the timeline of the calls concerned, or of all where none is."""
    told = indented(timeline(fake, calls or None))
    return AssertionError(f"expected: {expected}\ngot: {got}\nwhat to do: {hint}\nthe calls:\n{told}")
