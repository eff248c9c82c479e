"""A cancellation is taken for the end of the wait; in a world that blocks there is nothing to cancel."""

import asyncio

from octamem import OctaMemError

from ._corpus import RETRIED, Bug
from ._policy import LIMIT, is_transient, pause


async def ask(world, question, rest):
    for attempt in range(LIMIT):
        try:
            return await world.get(question)
        except OctaMemError as error:
            if attempt == LIMIT - 1 or not is_transient(error):
                raise
            await rest(world, pause(error, attempt))
    raise AssertionError("the last attempt returns or raises")


async def rest_or_be_woken(world, seconds):
    try:
        await world.sleep(seconds)
    except asyncio.CancelledError:
        return


async def planted(world):
    """Swallows the cancellation that comes while it waits, and retries for nobody."""
    return {"tea": await ask(world, "tea", rest_or_be_woken)}


async def cured(world):
    """Lets a cancellation end the wait, and the program."""
    return {"tea": await ask(world, "tea", lambda world, seconds: world.sleep(seconds))}


BUG = Bug(RETRIED, planted, cured, breaks=("bounded",), ways=("async",))
