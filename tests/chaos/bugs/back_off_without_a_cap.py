"""The wait doubles each time, without an upper limit."""

import math

from octamem import OctaMemError

from ._corpus import DELAY, Bug
from ._policy import is_transient

ATTEMPTS = 10


async def ask(world, question, most):
    wait = 2.0
    for attempt in range(ATTEMPTS):
        try:
            return await world.get(question)
        except OctaMemError as error:
            if attempt == ATTEMPTS - 1 or not is_transient(error):
                raise
            await world.sleep(max(wait, error.retry_after or 0.0))
            wait = min(2 * wait, most)


async def planted(world):
    """Limits the number of attempts but not the wait, which grows to eight minutes."""
    return {"tea": await ask(world, "tea", most=math.inf)}


async def cured(world):
    """Waits for half a minute at most."""
    return {"tea": await ask(world, "tea", most=30.0)}


BUG = Bug(DELAY, planted, cured, breaks=("bounded",))
