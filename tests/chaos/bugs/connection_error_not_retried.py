"""A lost connection ends the program, since only answers with a status are retried."""

from octamem import OctaMemError

from ._corpus import RETRIED, Bug
from ._policy import LIMIT, is_transient, pause


async def ask(world, question, again):
    for attempt in range(LIMIT):
        try:
            return await world.get(question)
        except OctaMemError as error:
            if attempt == LIMIT - 1 or not again(error):
                raise
            await world.sleep(pause(error, attempt))


def is_busy(error):
    status = error.status_code or 0
    return status in (408, 425, 429) or status >= 500


async def planted(world):
    """Looks only at the status, which an error without an answer does not have."""
    return {"tea": await ask(world, "tea", is_busy)}


async def cured(world):
    """Counts a lost connection among the transient failures."""
    return {"tea": await ask(world, "tea", is_transient)}


BUG = Bug(RETRIED, planted, cured, breaks=("recovers",))
