"""The cache has an entry while the answer is fetched, and keeps it if fetching fails."""

from ._corpus import STATE, Bug
from ._policy import patiently


class Cache:
    """Asks each question once."""

    def __init__(self, world):
        self.world = world
        self.answers = {}

    async def ask_keeping_a_place(self, question):
        if question not in self.answers:
            self.answers[question] = None
            self.answers[question] = await self.world.get(question)
        return self.answers[question]

    async def ask(self, question):
        if question not in self.answers:
            self.answers[question] = await self.world.get(question)
        return self.answers[question]


async def planted(world):
    """Finds its own empty cache entry at the second attempt, and takes it for the answer."""
    cache = Cache(world)
    return {"tea": await patiently(world, lambda: cache.ask_keeping_a_place("tea"))}


async def cured(world):
    """Writes an answer into the cache only when it has come."""
    cache = Cache(world)
    return {"tea": await patiently(world, lambda: cache.ask("tea"))}


BUG = Bug(STATE, planted, cured, breaks=("recovers",))
