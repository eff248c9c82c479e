"""Two callers look whether a note is there, and neither finds it."""

from ._corpus import ORDER, Bug
from ._looking import ask, look_and_save

NOTE = "Tea is at four."


async def planted(world):
    """Looks for the note, and adds it if it was not there."""

    async def later(own):
        await ask(own, "coffee?", "cocoa?", "milk?", "sugar?")
        await look_and_save(own, NOTE)

    await world.together(lambda own: look_and_save(own, NOTE), later)


async def cured(world):
    """Holds a lock from the look to the add."""
    lock = world.lock()

    async def save(own):
        async with lock:
            await look_and_save(own, NOTE)

    async def later(own):
        await ask(own, "coffee?", "cocoa?", "milk?", "sugar?")
        await save(own)

    await world.together(save, later)


BUG = Bug(ORDER, planted, cured, breaks=("acknowledged_once",))
