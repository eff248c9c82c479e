"""An add whose answer was lost is sent again, and the service ignores its Idempotency-Key."""

from octamem import OctaMemError

from ._corpus import RETRIED, Bug
from ._policy import LIMIT, is_transient, pause
from ._world import fields


async def stored(world, note):
    found = fields(await world.post("search", {"query": note}))
    return any(record["content"] == note for record in found["results"])


async def never_mind(*_):
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
    """Sends the note again after every transient failure."""
    return await save(world, "Tea at four.", never_mind)


async def cured(world):
    """Looks for the note before it sends it again."""
    return await save(world, "Tea at four.", stored)


BUG = Bug(RETRIED, planted, cured, breaks=("acknowledged_once",), raw=True)
