"""The program searches before it adds again, and takes a failed search for one that found nothing."""

from octamem import OctaMemError

from ._corpus import RETRIED, Bug
from ._policy import LIMIT, is_transient, pause
from ._world import fields


async def stored(world, note):
    found = fields(await world.post("search", {"query": note}))
    return any(record["content"] == note for record in found["results"])


async def stored_or_so(world, note):
    try:
        return await stored(world, note)
    except OctaMemError:
        return False


async def save(world, note, looks):
    key = {"idempotency-key": "tea-at-four"}
    for attempt in range(LIMIT):
        try:
            if attempt == 0 or not await looks(world, note):
                fields(await world.post("add", {"content": note}, key))
            break
        except OctaMemError as error:
            if attempt == LIMIT - 1 or not is_transient(error):
                raise
            await world.sleep(pause(error, attempt))
    return note


async def planted(world):
    """Adds again if the add lost its answer and the lookup failed too."""
    return await save(world, "Tea at four.", stored_or_so)


async def cured(world):
    """Takes a lookup that failed for a failed attempt."""
    return await save(world, "Tea at four.", stored)


BUG = Bug(RETRIED, planted, cured, breaks=("acknowledged_once",), raw=True, faults=2)
