"""The checkpoint moves on before the add, so after a crash the import goes on behind a note that was never stored."""

from ._corpus import BEYOND, Bug
from ._kept import is_stored, load, replace
from ._policy import add

NOTES = ("Tea at four.", "Coffee at nine.", "Cocoa at ten.")


async def planted(world):
    """Writes the checkpoint, and then adds the note in front of it."""
    for at in range(load("checkpoint", 0), len(NOTES)):
        replace("checkpoint", at + 1)
        await add(world, NOTES[at])
    return NOTES


async def cured(world):
    """Writes the checkpoint after the add, and looks for the note at which it was stopped."""
    begin = load("checkpoint", None)
    for at in range(begin or 0, len(NOTES)):
        if begin != at or not await is_stored(world, NOTES[at]):
            replace("checkpoint", at)
            await add(world, NOTES[at])
    return NOTES


BUG = Bug(BEYOND, planted, cured, breaks=("acknowledged_once",))
