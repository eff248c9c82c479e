"""A program is allowed one retry, and forgets that each of its calls is to have one."""

from octamem import OctaMemError

from ._corpus import STATE, Bug
from ._policy import passes, pause


class Allowance:
    """The retries that are left."""

    def __init__(self):
        self.left = 1


async def ask(world, question, allowance):
    while True:
        try:
            return await world.get(question)
        except OctaMemError as error:
            if not allowance.left or not passes(error):
                raise
            allowance.left -= 1
            await world.sleep(pause(error, 1))


async def planted(world):
    """Spends the one retry on the first call that fails, and has none for the second."""
    allowance = Allowance()
    return {question: await ask(world, question, allowance) for question in ("tea", "coffee")}


async def cured(world):
    """Allows a retry to each call."""
    return {question: await ask(world, question, Allowance()) for question in ("tea", "coffee")}


BUG = Bug(STATE, planted, cured, breaks=("recovers",), faults=2)
