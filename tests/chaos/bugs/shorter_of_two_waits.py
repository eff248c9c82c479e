"""min() takes the shorter of back-off and Retry-After, where max() belongs."""

from octamem import OctaMemError

from ._corpus import DELAY, Bug
from ._policy import LIMIT, is_transient


async def ask(world, question, chosen):
    wait = 0.5
    for attempt in range(LIMIT):
        try:
            return await world.get(question)
        except OctaMemError as error:
            if attempt == LIMIT - 1 or not is_transient(error):
                raise
            await world.sleep(chosen(wait, error.retry_after or wait))
            wait *= 2


async def planted(world):
    """Limits Retry-After to its own back-off, so it never waits for longer."""
    return {"tea": await ask(world, "tea", min)}


async def cured(world):
    """Takes the longer of the two."""
    return {"tea": await ask(world, "tea", max)}


BUG = Bug(DELAY, planted, cured, breaks=("retry_after_honoured",))
