"""A correct retry policy; each program of the corpus differs from it in one thing, its bug."""

from __future__ import annotations

from typing import Any, Awaitable, Callable

from octamem import APIConnectionError, APITimeoutError, InternalServerError, OctaMemError, RateLimitError

from ._world import World

LIMIT = 4
"""Attempts of one call, as many as the documented clients make."""


def is_transient(error: OctaMemError) -> bool:
    """Whether another attempt may succeed."""
    if isinstance(error, (RateLimitError, InternalServerError, APIConnectionError, APITimeoutError)):
        return True
    return error.status_code in (408, 425)


def may_repeat_write(error: OctaMemError) -> bool:
    """Whether a write may be sent again: its failure is transient, and it was certainly not carried out."""
    return is_transient(error) and error.outcome != "unknown"


def pause(error: OctaMemError, attempt: int) -> float:
    """Return the seconds to wait after attempt 0, 1, 2...: doubled each time, and at least the Retry-After."""
    return max(0.5 * 2**attempt, error.retry_after or 0.0)


async def patiently(
    world: World, call: Callable[[], Awaitable[Any]], *, again: Callable[[OctaMemError], bool] = is_transient
) -> Any:
    """Repeat a call until it succeeds, or its failure is final."""
    for attempt in range(LIMIT):
        try:
            return await call()
        except OctaMemError as error:
            if attempt == LIMIT - 1 or not again(error):
                raise
            await world.sleep(pause(error, attempt))
    raise AssertionError("the last attempt returns or raises")


async def add(world: World, note: str) -> None:
    """Add a note, again if it was certainly not stored."""
    await patiently(world, lambda: world.add(note), again=may_repeat_write)
