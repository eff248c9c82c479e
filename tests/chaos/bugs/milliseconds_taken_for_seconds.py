"""Retry-After holds seconds, and is taken for milliseconds."""

from octamem import OctaMemError

from ._corpus import DELAY, Bug
from ._policy import LIMIT, is_transient

BACK_OFF_MS = (500, 1000, 2000)


async def ask(world, question, asked_ms):
    for attempt in range(LIMIT):
        try:
            return await world.get(question)
        except OctaMemError as error:
            if attempt == LIMIT - 1 or not is_transient(error):
                raise
            await world.sleep(max(BACK_OFF_MS[attempt], asked_ms(error)) / 1000)


async def planted(world):
    """Keeps its waits in milliseconds, and takes the seconds of Retry-After for milliseconds."""
    return {"tea": await ask(world, "tea", lambda error: error.retry_after or 0)}


async def cured(world):
    """Turns seconds into milliseconds first."""
    return {"tea": await ask(world, "tea", lambda error: (error.retry_after or 0) * 1000)}


BUG = Bug(DELAY, planted, cured, breaks=("retry_after_honoured",))
