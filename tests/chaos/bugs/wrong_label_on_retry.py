"""The retry calls the same method with one argument less, and the context falls back to its default."""

from octamem import OctaMemError

from ._corpus import STATE, Bug
from ._policy import harmless, patiently, pause


async def planted(world):
    """Sends the note again without its context."""
    note = "Tea at four."
    try:
        await world.add(note, "house")
    except OctaMemError as error:
        if not harmless(error):
            raise
        await world.sleep(pause(error, 0))
        await patiently(world, lambda: world.add(note), again=harmless)
    return note


async def cured(world):
    """Sends the same call again."""
    note = "Tea at four."
    try:
        await world.add(note, "house")
    except OctaMemError as error:
        if not harmless(error):
            raise
        await world.sleep(pause(error, 0))
        await patiently(world, lambda: world.add(note, "house"), again=harmless)
    return note


BUG = Bug(STATE, planted, cured, breaks=("nothing_unasked", "same_call"))
