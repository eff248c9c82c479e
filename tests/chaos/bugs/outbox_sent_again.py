"""The outbox marks a note after the answer, so after a crash in between it sends the note again."""

from ._corpus import BEYOND, Bug
from ._kept import Outbox, is_stored
from ._policy import add

NOTES = ("Tea at four.", "Coffee at nine.")


async def planted(world):
    """Sends every note of the outbox that is not marked as sent."""
    outbox = Outbox(NOTES)
    for note in outbox.notes("new"):
        await add(world, note)
        outbox.mark(note, "sent")
    return outbox.notes("sent")


async def cured(world):
    """Marks a note before it is sent too, and looks for one that is marked so."""
    outbox = Outbox(NOTES)
    for note in outbox.notes("sending"):
        outbox.mark(note, "sent" if await is_stored(world, note) else "new")
    for note in outbox.notes("new"):
        outbox.mark(note, "sending")
        await add(world, note)
        outbox.mark(note, "sent")
    return outbox.notes("sent")


BUG = Bug(BEYOND, planted, cured, breaks=("acknowledged_once",))
