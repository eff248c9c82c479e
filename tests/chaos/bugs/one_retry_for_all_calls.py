"""The program allows one retry for all calls together instead of one for each."""

from octamem import OctaMemError

from ._corpus import STATE, Bug
from ._policy import is_transient, pause


class Allowance:
    """The retries that are left."""

    def __init__(self):
        self.left = 1


async def ask(world, question, allowance):
    while True:
        try:
            return await world.get(question)
        except OctaMemError as error:
            if not allowance.left or not is_transient(error):
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
