"""The two minutes of a call are counted from each attempt instead of from the call."""

from octamem import OctaMemError

from ._corpus import DELAY, Bug
from ._policy import is_transient

DEADLINE = 120.0
WAIT = 15.0


async def ask(world, question, counted_from):
    called = world.now()
    while True:
        tried = world.now()
        try:
            return await world.get(question)
        except OctaMemError as error:
            wait = max(WAIT, error.retry_after or 0.0)
            if not is_transient(error) or world.now() + wait > counted_from(called, tried) + DEADLINE:
                raise
            await world.sleep(wait)


async def planted(world):
    """Gives each attempt two minutes of its own, and so never ends."""
    return {"tea": await ask(world, "tea", lambda called, tried: tried)}


async def cured(world):
    """Gives the call two minutes."""
    return {"tea": await ask(world, "tea", lambda called, tried: called)}


BUG = Bug(DELAY, planted, cured, breaks=("bounded",))
