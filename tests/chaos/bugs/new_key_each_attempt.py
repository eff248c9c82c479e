"""The service honours Idempotency-Key, and the program makes a new one for each attempt."""

import uuid

from octamem import AddResult, OctaMemError

from ._corpus import STATE, Bug
from ._policy import LIMIT, is_transient, pause
from ._world import fields


async def save(world, note, key_of):
    for attempt in range(LIMIT):
        try:
            response = await world.post("add", {"content": note}, {"idempotency-key": key_of()})
            return AddResult(**fields(response))
        except OctaMemError as error:
            if attempt == LIMIT - 1 or not is_transient(error):
                raise
            await world.sleep(pause(error, attempt))


async def planted(world):
    """Makes the Idempotency-Key inside the loop."""
    return {"Tea at four.": await save(world, "Tea at four.", lambda: str(uuid.uuid4()))}


async def cured(world):
    """Makes the key once for the call."""
    key = str(uuid.uuid4())
    return {"Tea at four.": await save(world, "Tea at four.", lambda: key)}


BUG = Bug(STATE, planted, cured, breaks=("same_call",), settings={"idempotency": True}, raw=True)
