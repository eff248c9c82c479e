"""429 lies between 400 and 499, and so is taken for an error of the caller."""

from octamem import OctaMemError

from ._corpus import RETRIED, Bug
from ._policy import LIMIT, is_transient, may_repeat_write, pause


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
    return not our_mistake and is_transient(error) and error.outcome != "unknown"


async def planted(world):
    """Never retries after a 4xx, though a 429 only asks to come later."""
    return {"Tea at four.": await save(world, "Tea at four.", not_our_mistake)}


async def cured(world):
    """Repeats a 429, which is a transient refusal."""
    return {"Tea at four.": await save(world, "Tea at four.", may_repeat_write)}


BUG = Bug(RETRIED, planted, cured, breaks=("recovers",))
