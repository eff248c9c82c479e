"""The retry calls the same method without the context, which falls back to its default."""

from octamem import OctaMemError

from ._corpus import STATE, Bug
from ._policy import may_repeat_write, patiently, pause


async def planted(world):
    """Sends the note again without its context."""
    note = "Tea at four."
    try:
        await world.add(note, "house")
    except OctaMemError as error:
        if not may_repeat_write(error):
            raise
        await world.sleep(pause(error, 0))
        await patiently(world, lambda: world.add(note), again=may_repeat_write)
    return note


async def cured(world):
    """Sends the same call again."""
    note = "Tea at four."
    try:
        await world.add(note, "house")
    except OctaMemError as error:
        if not may_repeat_write(error):
            raise
        await world.sleep(pause(error, 0))
        await patiently(world, lambda: world.add(note, "house"), again=may_repeat_write)
    return note


BUG = Bug(STATE, planted, cured, breaks=("nothing_unasked", "same_call"))
