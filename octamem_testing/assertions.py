"""Assertions of effect: what was stored, tried and waited; each says what was expected, what came, and what to do."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, List, Optional

from .report import indented, journal

if TYPE_CHECKING:
    from fake_server.core import Fake

    from .clock import VirtualClock

__all__ = ["assert_attempts", "assert_stored_once", "assert_waited"]

ENDPOINTS = ("add", "details", "search")
_SLACK = 1e-6  # seconds: one tick of the fake's clock


def assert_stored_once(fake: Fake, content: str) -> None:
    """Assert that exactly one memory has this content, under whichever key; AssertionError with the calls."""
    texts = [memory.content for memory in fake.memories()]
    times = texts.count(content)
    if times == 1:
        return
    if times:
        hint = "an add was carried out more than once: look below for an answer that was lost after the write"
    else:
        near = get_close_matches(content, texts, n=1)
        hint = f"the nearest stored is {near[0]!r:.120}" if near else "look below for whether its add was accepted"
    raise _failure(
        f"{content!r:.120} stored once",
        f"stored {times} times, among {len(texts)} memories",
        hint,
        fake,
    )


def assert_attempts(fake: Fake, n: int, endpoint: Optional[str] = None) -> None:
    """Assert how many requests reached the fake, in all or on one endpoint; each retry counts as one of its own.

    Raises AssertionError with the calls, and ValueError for an endpoint that does not exist.
    """
    if endpoint is not None and endpoint not in ENDPOINTS:
        raise ValueError(f"endpoint is {endpoint!r}: one of {', '.join(ENDPOINTS)}, or none for all")
    made = sum(endpoint is None or entry.endpoint == endpoint for entry in fake.requests()) + (
        fake.dropped() if endpoint is None else 0
    )
    if made != n:
        where = "" if endpoint is None else f" on {endpoint}"
        hint = "look below for the statuses: 429, 5xx and lost answers are tried again, as often as max_retries says"
        raise _failure(_counted(n) + where, _counted(made) + where, hint, fake)


def assert_waited(clock: VirtualClock, *, at_least: Optional[float] = None, at_most: Optional[float] = None) -> None:
    """Assert how many seconds were waited in all on the kit's clock; AssertionError with each wait.

    Raises ValueError where neither bound is given.
    """
    if at_least is None and at_most is None:
        raise ValueError("assert_waited needs a bound: at_least=, at_most= or both, in seconds")
    waits = clock.waits
    total = sum(waits)
    if (at_least is None or total > at_least - _SLACK) and (at_most is None or total < at_most + _SLACK):
        return
    bounds: List[str] = []
    if at_least is not None:
        bounds.append(f"at least {at_least:g} s")
    if at_most is not None:
        bounds.append(f"at most {at_most:g} s")
    each = ", ".join(f"{wait:g} s" for wait in waits)
    raise _failure(
        f"waited {' and '.join(bounds)}",
        f"waited {total:g} s" + (f" ({each})" if waits else ": nothing waited on the kit's clock"),
        "only clients under octamem_client, octamem_mock or octamem_server wait on it; see below what was answered",
        clock.fake,
    )


def _counted(attempts: int) -> str:
    return "1 attempt" if attempts == 1 else f"{attempts} attempts"


def _failure(expected: str, got: str, hint: str, fake: Fake) -> AssertionError:
    calls = indented(journal(fake))
    return AssertionError(f"expected: {expected}\ngot: {got}\nwhat to do: {hint}\nthe calls:\n{calls}")
