"""The loop catches the base class, and so sends again what was refused for what it says."""

from octamem import OctaMemError

from ._corpus import RETRIED, Bug
from ._policy import LIMIT, harmless, pause


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
    """Repeats the refusals that pass."""
    return {"Tea at four.": await save(world, "Tea at four.", harmless)}


BUG = Bug(RETRIED, planted, cured, breaks=("refusals_not_repeated",))
