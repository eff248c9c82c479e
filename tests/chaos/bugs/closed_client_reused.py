"""After a lost connection the client is closed, and the next attempt is made with the closed one."""

from octamem import APIConnectionError, APITimeoutError, OctaMemError

from ._corpus import STATE, Bug
from ._policy import LIMIT, is_transient, pause


async def ask(world, question, replaced):
    session = world.using()
    for attempt in range(LIMIT):
        try:
            return await session.get(question)
        except OctaMemError as error:
            if attempt == LIMIT - 1 or not is_transient(error):
                raise
            if isinstance(error, (APIConnectionError, APITimeoutError)):
                await session.close()
                session = replaced(session)
            await world.sleep(pause(error, attempt))


async def planted(world):
    """Closes the broken client and goes on using it."""
    return {"tea": await ask(world, "tea", lambda session: session)}


async def cured(world):
    """Goes on with a new one."""
    return {"tea": await ask(world, "tea", lambda _: world.using())}


BUG = Bug(STATE, planted, cured, breaks=("only_documented_errors", "recovers"))
