"""A circuit breaker counts the failures of the process: three of them, however far apart, open it."""

from octamem import APIError, OctaMemError

from ._corpus import BEYOND, Bug
from ._policy import LIMIT, is_transient, patiently

QUESTIONS = ("tea", "coffee", "cocoa", "milk")


class Breaker:
    """Refuses calls after as many failures as one call may have attempts, less one."""

    def __init__(self, world, after_success):
        self.world = world
        self.after_success = after_success
        self.failures = 0

    async def call(self, question):
        if self.failures >= LIMIT - 1:
            raise APIError("the circuit is open")
        try:
            answer = await self.world.get(question)
        except OctaMemError as error:
            self.failures += is_transient(error)
            raise
        self.failures = self.after_success(self.failures)
        return answer


async def ask_all(world, after_success):
    breaker = Breaker(world, after_success)
    return {each: await patiently(world, lambda each=each: breaker.call(each)) for each in QUESTIONS}


async def planted(world):
    """Keeps its count after a success."""
    return await ask_all(world, lambda failures: failures)


async def cured(world):
    """Begins to count again after a success."""
    return await ask_all(world, lambda _: 0)


BUG = Bug(BEYOND, planted, cured, breaks=("recovers",), faults=3)
