"""The cap is compared with != instead of <, and the count can step over it."""

import operator

from octamem import APITimeoutError, OctaMemError

from ._corpus import DELAY, Bug
from ._policy import is_transient

CAP = 5


async def ask(world, question, below):
    spent = 0
    while True:
        try:
            return await world.get(question)
        except OctaMemError as error:
            # A timeout has cost half a minute already, and counts twice.
            spent += 2 if isinstance(error, APITimeoutError) else 1
            if not below(spent, CAP) or not is_transient(error):
                raise
            await world.sleep(max(min(0.5 * 2**spent, 20.0), error.retry_after or 0.0))


async def planted(world):
    """Goes on while the count is not equal to the cap, and counts 2, 4, 6 past the cap of 5."""
    return {"tea": await ask(world, "tea", operator.ne)}


async def cured(world):
    """Goes on while the count is below the cap."""
    return {"tea": await ask(world, "tea", operator.lt)}


BUG = Bug(DELAY, planted, cured, breaks=("bounded",))
