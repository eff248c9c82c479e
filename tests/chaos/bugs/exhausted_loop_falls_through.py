"""The last attempt fails, the loop ends, and the program goes on as if it had left it by its break."""

from octamem import OctaMemError

from ._corpus import RETRIED, Bug
from ._policy import LIMIT, harmless, pause


async def planted(world):
    """Does not check how the retry loop ended."""
    note = "Tea at four."
    for attempt in range(LIMIT):
        try:
            await world.add(note)
            break
        except OctaMemError as error:
            if not harmless(error):
                raise
            await world.sleep(pause(error, attempt))
    return note


async def cured(world):
    """Raises what the last attempt met."""
    note = "Tea at four."
    for attempt in range(LIMIT):
        try:
            await world.add(note)
            break
        except OctaMemError as error:
            if attempt == LIMIT - 1 or not harmless(error):
                raise
            await world.sleep(pause(error, attempt))
    return note


BUG = Bug(RETRIED, planted, cured, breaks=("acknowledged_once",))
