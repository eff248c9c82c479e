"""The number is read before the lock that guards it is taken: only in a world that blocks can another come between."""

from ._corpus import ORDER, Bug
from ._policy import add


async def planted(world):
    """Reads the next number, and then takes the lock to raise it."""
    lock, state = world.lock(), {"next": 1}

    async def save(own):
        number = state["next"]
        async with lock:
            state["next"] = number + 1
        await add(own, f"entry {number}")

    await world.together(save, save)


async def cured(world):
    """Reads and raises the number under the lock."""
    lock, state = world.lock(), {"next": 1}

    async def save(own):
        async with lock:
            number = state["next"]
            state["next"] = number + 1
        await add(own, f"entry {number}")

    await world.together(save, save)


BUG = Bug(ORDER, planted, cured, breaks=("acknowledged_once",), ways=("sync",))
