"""A note counts as saved when it is sent, before the result is known."""

from octamem import OctaMemError

from ._corpus import STATE, Bug
from ._policy import may_repeat_write, patiently


class Notebook:
    """Keeps notes one by one, and goes on with the next where one is refused."""

    def __init__(self, world):
        self.world = world
        self.saved = []

    async def _send(self, note):
        await patiently(self.world, lambda: self.world.add(note), again=may_repeat_write)

    async def keep_and_hope(self, note):
        self.saved.append(note)
        await self._send(note)

    async def keep(self, note):
        await self._send(note)
        self.saved.append(note)


async def keep_all(notebook, keep):
    for note in ("Tea at four.", "Coffee at nine."):
        try:
            await keep(note)
        except OctaMemError:
            continue
    return notebook.saved


async def planted(world):
    """Lists the note as saved before it sends it."""
    notebook = Notebook(world)
    return await keep_all(notebook, notebook.keep_and_hope)


async def cured(world):
    """Lists it once the service has stored it."""
    notebook = Notebook(world)
    return await keep_all(notebook, notebook.keep)


BUG = Bug(STATE, planted, cured, breaks=("acknowledged_once",))
