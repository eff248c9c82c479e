"""503 is taken for a closed shop, and the program gives up where a second would have been enough."""

from octamem import OctaMemError

from ._corpus import RETRIED, Bug
from ._policy import LIMIT, passes, pause


async def ask(world, question, final):
    for attempt in range(LIMIT):
        try:
            return await world.get(question)
        except OctaMemError as error:
            if attempt == LIMIT - 1 or error.status_code in final or not passes(error):
                raise
            await world.sleep(pause(error, attempt))


async def planted(world):
    """Gives up on 503, as if the service were down for good."""
    return {"tea": await ask(world, "tea", final=(400, 401, 403, 404, 503))}


async def cured(world):
    """Gives up on what another attempt would meet again, and on nothing else."""
    return {"tea": await ask(world, "tea", final=(400, 401, 403, 404))}


BUG = Bug(RETRIED, planted, cured, breaks=("recovers",))
