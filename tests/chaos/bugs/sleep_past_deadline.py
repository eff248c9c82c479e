"""The deadline is checked before a wait, and the wait may end long after it."""

from octamem import OctaMemError

from ._corpus import DELAY, Bug
from ._policy import is_transient

DEADLINE = 600.0


async def ask(world, question, in_time):
    began, wait = world.now(), 5.0
    while True:
        try:
            return await world.get(question)
        except OctaMemError as error:
            wait = max(wait, error.retry_after or 0.0)
            if not is_transient(error) or not in_time(world.now() - began, wait):
                raise
            await world.sleep(wait)
            wait *= 4


async def planted(world):
    """Checks that ten minutes are not over, and then sleeps for twenty."""
    return {"tea": await ask(world, "tea", lambda spent, _: spent < DEADLINE)}


async def cured(world):
    """Checks whether the wait ends before the deadline."""
    return {"tea": await ask(world, "tea", lambda spent, wait: spent + wait < DEADLINE)}


BUG = Bug(DELAY, planted, cured, breaks=("bounded",))
