"""The first attempt reads the body from a stream, and nothing of it is left for the second."""

import io
import json

from octamem import OctaMemError

from ._corpus import STATE, Bug
from ._policy import LIMIT, may_repeat_write, pause
from ._world import fields


async def upload(world, stream, rewind):
    for attempt in range(LIMIT):
        rewind(stream)
        try:
            return fields(await world.post("add", stream.read()))
        except OctaMemError as error:
            if attempt == LIMIT - 1 or not may_repeat_write(error):
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
