"""The body is read from a stream by the first attempt, and there is nothing left of it for the second."""

import io
import json

from octamem import OctaMemError

from ._corpus import STATE, Bug
from ._policy import LIMIT, harmless, pause
from ._world import fields


async def upload(world, stream, rewind):
    for attempt in range(LIMIT):
        rewind(stream)
        try:
            return fields(await world.post("add", stream.read()))
        except OctaMemError as error:
            if attempt == LIMIT - 1 or not harmless(error):
                raise
            await world.sleep(pause(error, attempt))


async def planted(world):
    """Goes on reading the body after the first attempt has consumed it."""
    stream = io.BytesIO(json.dumps({"content": "Tea at four."}).encode())
    await upload(world, stream, lambda _: None)


async def cured(world):
    """Goes back to the beginning before each attempt."""
    stream = io.BytesIO(json.dumps({"content": "Tea at four."}).encode())
    await upload(world, stream, lambda stream: stream.seek(0))


BUG = Bug(STATE, planted, cured, breaks=("same_call",), raw=True)
