"""What could not be sent waits for the second pass, and the correction of it has been stored by then."""

from octamem import OctaMemError

from ._corpus import BEYOND, Bug
from ._policy import add, may_repeat_write, pause

NOTES = ("Ana lives in Rome.", "Ana lives in Paris.", "Ben likes tea.")


async def planted(world):
    """Sends the rest after a failure, and the note that failed last of all."""
    failed = []
    for note in NOTES:
        try:
            await world.add(note)
        except OctaMemError as error:
            if not may_repeat_write(error):
                raise
            failed.append(note)
            await world.sleep(pause(error, 1))
    for note in failed:
        await add(world, note)
    return NOTES


async def cured(world):
    """Sends a note until it is stored, and the rest after it."""
    for note in NOTES:
        await add(world, note)
    return NOTES


BUG = Bug(BEYOND, planted, cured, breaks=("writes_in_order",))
