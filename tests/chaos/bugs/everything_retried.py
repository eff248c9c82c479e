"""The loop catches the base class, and so repeats refused requests."""

from octamem import OctaMemError

from ._corpus import RETRIED, Bug
from ._policy import LIMIT, may_repeat_write, pause


async def save(world, note, again):
    for attempt in range(LIMIT):
        try:
            return await world.add(note)
        except OctaMemError as error:
            if attempt == LIMIT - 1 or not again(error):
                raise
            await world.sleep(pause(error, attempt))


async def planted(world):
    """Never retries a write that may have been stored, but retries every refusal."""
    return {"Tea at four.": await save(world, "Tea at four.", lambda error: error.outcome != "unknown")}


async def cured(world):
    """Repeats only transient refusals."""
    return {"Tea at four.": await save(world, "Tea at four.", may_repeat_write)}


BUG = Bug(RETRIED, planted, cured, breaks=("refusals_not_repeated",))
