"""A rate limit is not counted as a failure, and so resets the count of failures."""

from octamem import OctaMemError, RateLimitError

from ._corpus import DELAY, Bug
from ._policy import LIMIT, is_transient


async def ask(world, question, counted):
    failures = 0
    while True:
        try:
            return await world.get(question)
        except OctaMemError as error:
            failures = counted(failures, error)
            if failures == LIMIT or not is_transient(error):
                raise
            await world.sleep(max(2.0**failures, error.retry_after or 0.0))


async def planted(world):
    """Starts counting again at each 429, and never ends while they come."""
    return {"tea": await ask(world, "tea", lambda n, error: 0 if isinstance(error, RateLimitError) else n + 1)}


async def cured(world):
    """Counts every failure."""
    return {"tea": await ask(world, "tea", lambda n, _: n + 1)}


BUG = Bug(DELAY, planted, cured, breaks=("bounded",))
