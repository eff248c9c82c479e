"""Two of three endpoints go through the retry loop; the one that was added last does not."""

from ._corpus import RETRIED, Bug
from ._policy import may_repeat_write, patiently


async def planted(world):
    """Asks for the usage without the retry loop that all other calls use."""
    saved = await patiently(world, lambda: world.add("Tea at four."), again=may_repeat_write)
    found = await patiently(world, lambda: world.get("tea"))
    await world.details()
    return {"Tea at four.": saved, "tea": found}


async def cured(world):
    """Makes all calls through the loop."""
    saved = await patiently(world, lambda: world.add("Tea at four."), again=may_repeat_write)
    found = await patiently(world, lambda: world.get("tea"))
    await patiently(world, world.details)
    return {"Tea at four.": saved, "tea": found}


BUG = Bug(RETRIED, planted, cured, breaks=("recovers",))
