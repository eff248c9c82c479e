"""A shared list is read, and written back after a question: what another caller appended meanwhile is lost."""

from ._corpus import ORDER, Bug
from ._looking import ask
from ._policy import add


async def planted(world):
    """Writes the list back as it was before the question, with one note more."""
    state = {"notes": []}

    async def collect(own, note):
        notes = state["notes"]
        await ask(own, note)
        state["notes"] = [*notes, note]

    await _collected(world, state, collect)


async def cured(world):
    """Appends to the list as it is after the question."""
    state = {"notes": []}

    async def collect(own, note):
        await ask(own, note)
        state["notes"] = [*state["notes"], note]

    await _collected(world, state, collect)


async def _collected(world, state, collect):
    async def later(own):
        await ask(own, "coffee?", "cocoa?", "milk?", "sugar?")
        await collect(own, "The launch moved.")

    await world.together(lambda own: collect(own, "Tea is at four."), later)
    for note in state["notes"]:
        await add(world, note)


BUG = Bug(ORDER, planted, cured, breaks=("recovers",))
