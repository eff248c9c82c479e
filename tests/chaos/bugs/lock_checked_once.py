"""The session is looked for before the lock, and not again under it: in a world that blocks, a thread waits there."""

from ._corpus import ORDER, Bug
from ._looking import ask
from ._policy import add

NOTE = "The session began."


async def planted(world):
    """Begins the session under a lock, but looks for it only before."""
    lock, sessions = world.lock(), []

    async def begin(own):
        if not sessions:
            async with lock:
                await add(own, NOTE)
                sessions.append(NOTE)

    async def later(own):
        await ask(own, "tea?", "coffee?", "cocoa?", "milk?")
        await begin(own)

    await world.together(begin, later)


async def cured(world):
    """Looks again under the lock, and begins no second session after one that failed."""
    lock, sessions = world.lock(), []

    async def begin(own):
        if not sessions:
            async with lock:
                if not sessions:
                    sessions.append(NOTE)
                    await add(own, NOTE)

    async def later(own):
        await ask(own, "tea?", "coffee?", "cocoa?", "milk?")
        await begin(own)

    await world.together(begin, later)


BUG = Bug(ORDER, planted, cured, breaks=("acknowledged_once",), ways=("sync",))
