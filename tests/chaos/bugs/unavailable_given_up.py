"""The program gives up after a 503, although a second later the service works."""

from octamem import OctaMemError

from ._corpus import RETRIED, Bug
from ._policy import LIMIT, is_transient, pause


async def ask(world, question, final):
    for attempt in range(LIMIT):
        try:
            return await world.get(question)
        except OctaMemError as error:
            if attempt == LIMIT - 1 or error.status_code in final or not is_transient(error):
                raise
            await world.sleep(pause(error, attempt))


async def planted(world):
    """Gives up on 503, as if the service were down for good."""
    return {"tea": await ask(world, "tea", final=(400, 401, 403, 404, 503))}


async def cured(world):
    """Gives up only on failures that another attempt would meet again."""
    return {"tea": await ask(world, "tea", final=(400, 401, 403, 404))}


BUG = Bug(RETRIED, planted, cured, breaks=("recovers",))
