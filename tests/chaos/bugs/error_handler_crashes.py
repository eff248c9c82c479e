"""The error handler itself fails, as not every error has a Retry-After."""

from octamem import OctaMemError

from ._corpus import STATE, Bug
from ._policy import LIMIT, is_transient


async def ask(world, question, wait):
    for attempt in range(LIMIT):
        try:
            return await world.get(question)
        except OctaMemError as error:
            if attempt == LIMIT - 1 or not is_transient(error):
                raise
            await world.sleep(wait(error))


async def planted(world):
    """Adds half a second to a Retry-After that may be None."""
    return {"tea": await ask(world, "tea", lambda error: error.retry_after + 0.5)}


async def cured(world):
    """Handles an error without a Retry-After."""
    return {"tea": await ask(world, "tea", lambda error: (error.retry_after or 0.0) + 0.5)}


BUG = Bug(STATE, planted, cured, breaks=("only_documented_errors",))
