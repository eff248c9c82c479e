"""What a sound retry loop goes by; a program of the corpus differs from it in one thing, its bug."""

from __future__ import annotations

from typing import Any, Awaitable, Callable

from octamem import APIConnectionError, APITimeoutError, InternalServerError, OctaMemError, RateLimitError

from ._world import World

LIMIT = 4
"""Attempts of one call, as many as the page's clients make."""


def passes(error: OctaMemError) -> bool:
    """Say whether another attempt may fare better."""
    if isinstance(error, (RateLimitError, InternalServerError, APIConnectionError, APITimeoutError)):
        return True
    return error.status_code in (408, 425)


def harmless(error: OctaMemError) -> bool:
    """Say whether a write may be sent again: it failed for a passing reason, and was certainly not carried out."""
    return passes(error) and error.outcome != "unknown"


def pause(error: OctaMemError, attempt: int) -> float:
    """Give the seconds to wait after attempt 0, 1, 2...: doubled each time, and never less than was asked for."""
    return max(0.5 * 2**attempt, error.retry_after or 0.0)


async def patiently(
    world: World, call: Callable[[], Awaitable[Any]], *, again: Callable[[OctaMemError], bool] = passes
) -> Any:
    """Make a call until it succeeds, or fails for good."""
    for attempt in range(LIMIT):
        try:
            return await call()
        except OctaMemError as error:
            if attempt == LIMIT - 1 or not again(error):
                raise
            await world.sleep(pause(error, attempt))
    raise AssertionError("the last attempt returns or raises")
