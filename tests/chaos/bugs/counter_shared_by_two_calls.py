"""The attempts are counted on the object, so one call uses up the attempts of the next."""

from octamem import OctaMemError

from ._corpus import STATE, Bug
from ._policy import is_transient, pause


class Patient:
    """Asks with three attempts for a call."""

    def __init__(self, world):
        self.world = world
        self.left = 3

    def begin(self):
        self.left = 3

    async def ask(self, question):
        while True:
            self.left -= 1
            try:
                return await self.world.get(question)
            except OctaMemError as error:
                if self.left <= 0 or not is_transient(error):
                    raise
                await self.world.sleep(pause(error, 3 - self.left))


async def planted(world):
    """Counts down across all calls."""
    patient = Patient(world)
    return {question: await patient.ask(question) for question in ("tea", "coffee", "cocoa")}


async def cured(world):
    """Starts counting at each call."""
    patient = Patient(world)
    answers = {}
    for question in ("tea", "coffee", "cocoa"):
        patient.begin()
        answers[question] = await patient.ask(question)
    return answers


BUG = Bug(STATE, planted, cured, breaks=("recovers",))
