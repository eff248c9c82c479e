"""502 is missing from the list of transient statuses."""

from octamem import APIConnectionError, APITimeoutError, OctaMemError

from ._corpus import RETRIED, Bug
from ._policy import LIMIT, pause


async def ask(world, question, passing):
    for attempt in range(LIMIT):
        try:
            return await world.get(question)
        except OctaMemError as error:
            no_answer = isinstance(error, (APIConnectionError, APITimeoutError))
            if attempt == LIMIT - 1 or not (no_answer or error.status_code in passing):
                raise
            await world.sleep(pause(error, attempt))


async def planted(world):
    """Lists the statuses that are worth another attempt, and forgets 502."""
    return {"tea": await ask(world, "tea", {408, 425, 429, 500, 503, 504})}


async def cured(world):
    """Takes every 5xx for a transient failure."""
    return {"tea": await ask(world, "tea", {408, 425, 429, *range(500, 600)})}


BUG = Bug(RETRIED, planted, cured, breaks=("recovers",))
