"""429 lies between 400 and 499, and so is taken for the caller's own mistake."""

from octamem import OctaMemError

from ._corpus import RETRIED, Bug
from ._policy import LIMIT, harmless, passes, pause


async def save(world, note, again):
    for attempt in range(LIMIT):
        try:
            return await world.add(note)
        except OctaMemError as error:
            if attempt == LIMIT - 1 or not again(error):
                raise
            await world.sleep(pause(error, attempt))


def not_our_mistake(error):
    our_mistake = error.status_code is not None and 400 <= error.status_code <= 499
    return not our_mistake and passes(error) and error.outcome != "unknown"


async def planted(world):
    """Never retries after a 4xx, though a 429 only asks to come later."""
    return {"Tea at four.": await save(world, "Tea at four.", not_our_mistake)}


async def cured(world):
    """Repeats a refusal that passes, which a 429 is."""
    return {"Tea at four.": await save(world, "Tea at four.", harmless)}


BUG = Bug(RETRIED, planted, cured, breaks=("recovers",))
