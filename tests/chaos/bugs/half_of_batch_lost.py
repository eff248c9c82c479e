"""The cursor moves on before the page is sent, so after a failure the next page is sent instead."""

from octamem import OctaMemError

from ._corpus import STATE, Bug
from ._policy import LIMIT, may_repeat_write, pause

NOTES = ("Tea at four.", "Coffee at nine.", "Cocoa at ten.", "Lift on Mondays.")
PAGE = 2


class Batch:
    """Notes, and how far they have come."""

    def __init__(self, notes):
        self.notes = notes
        self.done = 0

    def over(self):
        return self.done >= len(self.notes)


async def by_page(world, batch):
    page = batch.notes[batch.done : batch.done + PAGE]
    batch.done += PAGE
    for note in page:
        await world.add(note)


async def by_note(world, batch):
    await world.add(batch.notes[batch.done])
    batch.done += 1


async def save_all(world, send):
    batch, failures = Batch(NOTES), 0
    while not batch.over():
        try:
            await send(world, batch)
        except OctaMemError as error:
            failures += 1
            if failures == LIMIT or not may_repeat_write(error):
                raise
            await world.sleep(pause(error, failures))
    return NOTES


async def planted(world):
    """Moves the cursor past the page before it sends the page."""
    return await save_all(world, by_page)


async def cured(world):
    """Moves the cursor past each note once it is stored."""
    return await save_all(world, by_note)


BUG = Bug(STATE, planted, cured, breaks=("acknowledged_once",))
