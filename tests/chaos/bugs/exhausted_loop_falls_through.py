"""The last attempt fails, the loop ends, and the program goes on as if an attempt had succeeded."""

from octamem import OctaMemError

from ._corpus import RETRIED, Bug
from ._policy import LIMIT, may_repeat_write, pause


async def planted(world):
    """Does not check how the retry loop ended."""
    note = "Tea at four."
    for attempt in range(LIMIT):
        try:
            await world.add(note)
            break
        except OctaMemError as error:
            if not may_repeat_write(error):
                raise
            await world.sleep(pause(error, attempt))
    return note


async def cured(world):
    """Raises the error of the last attempt."""
    note = "Tea at four."
    for attempt in range(LIMIT):
        try:
            await world.add(note)
            break
        except OctaMemError as error:
            if attempt == LIMIT - 1 or not may_repeat_write(error):
                raise
            await world.sleep(pause(error, attempt))
    return note


BUG = Bug(RETRIED, planted, cured, breaks=("acknowledged_once",))
