"""A note is saved when it is made, and again when the session ends: stored twice, without any fault."""

from ._corpus import BEYOND, Bug
from ._policy import add

NOTES = ("Tea at four.", "Coffee at nine.")


async def session(world, left):
    made = []
    for note in NOTES:
        await add(world, note)
        made.append(note)
    for note in left(made):
        await add(world, note)
    return set(made)


async def planted(world):
    """Saves at the end of the session all that was made in it."""
    return await session(world, list)


async def cured(world):
    """Saves at the end of the session what is not saved."""
    return await session(world, lambda made: [note for note in NOTES if note not in made])


BUG = Bug(BEYOND, planted, cured, breaks=("acknowledged_once",), faults=0)
