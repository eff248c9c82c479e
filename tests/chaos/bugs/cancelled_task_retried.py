"""The loop takes a cancellation for another failure; in a world that blocks there is nothing to cancel."""

import asyncio

from octamem import OctaMemError

from ._corpus import RETRIED, Bug
from ._policy import LIMIT, is_transient, pause


async def ask(world, question, caught):
    for attempt in range(LIMIT):
        try:
            return await world.get(question)
        except caught as error:
            if attempt == LIMIT - 1 or (isinstance(error, OctaMemError) and not is_transient(error)):
                raise
            await world.sleep(pause(error, attempt) if isinstance(error, OctaMemError) else 1.0)


async def planted(world):
    """Catches CancelledError among the network's failures, and retries for nobody."""
    return {"tea": await ask(world, "tea", (OctaMemError, asyncio.TimeoutError, asyncio.CancelledError))}


async def cured(world):
    """Lets a cancellation pass."""
    return {"tea": await ask(world, "tea", (OctaMemError, asyncio.TimeoutError))}


BUG = Bug(RETRIED, planted, cured, breaks=("bounded",), ways=("async",))
