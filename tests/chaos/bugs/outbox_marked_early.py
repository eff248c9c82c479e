"""The outbox marks a note before it is sent, so a note whose add was cut off by a crash is never sent."""

from ._corpus import BEYOND, Bug
from ._kept import Outbox, send
from ._policy import add

NOTES = ("Tea at four.", "Coffee at nine.")


async def planted(world):
    """Marks a note as sent, and then sends it."""
    outbox = Outbox(NOTES)
    for note in outbox.notes("new"):
        outbox.mark(note, "sent")
        await add(world, note)
    return outbox.notes("sent")


async def cured(world):
    """Marks a note as being sent, and looks after a crash whether it was."""
    outbox = Outbox(NOTES)
    await send(world, outbox)
    return outbox.notes("sent")


BUG = Bug(BEYOND, planted, cured, breaks=("acknowledged_once",))
