"""A circuit breaker opens at a lost connection, and nothing closes it again."""

from octamem import APIConnectionError

from ._corpus import BEYOND, Bug
from ._policy import patiently


class Breaker:
    """Refuses calls while it is open."""

    def __init__(self, world, cool_down):
        self.world = world
        self.cool_down = cool_down
        self.until = 0.0

    async def call(self, question):
        if self.world.now() < self.until:
            raise APIConnectionError("the circuit is open")
        try:
            return await self.world.get(question)
        except APIConnectionError:
            self.until = self.world.now() + self.cool_down
            raise


async def planted(world):
    """Opens for good."""
    breaker = Breaker(world, float("inf"))
    return {"tea": await patiently(world, lambda: breaker.call("tea"))}


async def cured(world):
    """Opens for two seconds, after which one call may try."""
    breaker = Breaker(world, 2.0)
    return {"tea": await patiently(world, lambda: breaker.call("tea"))}


BUG = Bug(BEYOND, planted, cured, breaks=("recovers",))
