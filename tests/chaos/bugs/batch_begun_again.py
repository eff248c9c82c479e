"""A batch in which one note failed is sent again from its first note."""

from octamem import OctaMemError

from ._corpus import STATE, Bug
from ._policy import LIMIT, may_repeat_write, pause

NOTES = ("Tea at four.", "Coffee at nine.", "Cocoa at ten.")


async def save_all(world, rest):
    saved = []
    for attempt in range(LIMIT):
        try:
            for note in rest(saved):
                await world.add(note)
                saved.append(note)
            break
        except OctaMemError as error:
            if attempt == LIMIT - 1 or not may_repeat_write(error):
                raise
            await world.sleep(pause(error, attempt))
    return set(saved)


async def planted(world):
    """Retries the whole batch, and so adds stored notes a second time."""
    return await save_all(world, lambda _: NOTES)


async def cured(world):
    """Goes on with the rest of the batch."""
    return await save_all(world, lambda saved: NOTES[len(saved) :])


BUG = Bug(STATE, planted, cured, breaks=("acknowledged_once",))
