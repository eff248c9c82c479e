"""The wait is a multiple of the number of the attempt, which counts from 0."""

from octamem import OctaMemError

from ._corpus import DELAY, Bug
from ._policy import LIMIT, is_transient


async def ask(world, question, first):
    for number in range(first, first + LIMIT):
        try:
            return await world.get(question)
        except OctaMemError as error:
            if number == first + LIMIT - 1 or not is_transient(error):
                raise
            await world.sleep(max(2.0 * number, error.retry_after or 0.0))


async def planted(world):
    """Counts from 0, and so waits for 0 seconds before the first retry."""
    return {"tea": await ask(world, "tea", first=0)}


async def cured(world):
    """Counts from 1."""
    return {"tea": await ask(world, "tea", first=1)}


BUG = Bug(DELAY, planted, cured, breaks=("delayed",))
