"""A loop of four attempts around a client that makes four of its own makes sixteen."""

from ._corpus import DELAY, Bug
from ._policy import patiently


async def planted(world):
    """Does not know that the client retries, and adds a loop of its own."""
    return {"tea": await patiently(world, lambda: world.get("tea"))}


async def cured(world):
    """Leaves retrying to one layer."""
    once = world.using(max_retries=0)
    return {"tea": await patiently(once, lambda: once.get("tea"))}


BUG = Bug(DELAY, planted, cured, breaks=("bounded",), retries=3)
