"""One except clause waits before it goes on; the one for a lost connection does not."""

from octamem import APIConnectionError, OctaMemError

from ._corpus import DELAY, Bug
from ._policy import LIMIT, is_transient, pause


async def ask(world, question, reconnecting):
    for attempt in range(LIMIT):
        last = attempt == LIMIT - 1
        try:
            return await world.get(question)
        except APIConnectionError:
            if last:
                raise
            await reconnecting(attempt)
        except OctaMemError as error:
            if last or not is_transient(error):
                raise
            await world.sleep(pause(error, attempt))


async def planted(world):
    """Connects again without a wait after a lost connection."""

    async def at_once(_):
        pass

    return {"tea": await ask(world, "tea", at_once)}


async def cured(world):
    """Waits on that branch too."""

    async def after_a_while(attempt):
        await world.sleep(0.5 * 2**attempt)

    return {"tea": await ask(world, "tea", after_a_while)}


BUG = Bug(DELAY, planted, cured, breaks=("delayed",))
