"""If the first way of saving fails, a second one is used, although the first may have worked."""

from octamem import OctaMemError

from ._corpus import RETRIED, Bug
from ._policy import is_transient, may_repeat_write, patiently, pause
from ._world import fields


async def add(world, note, timeout):
    headers = {"idempotency-key": "tea-at-four"}
    return fields(await world.post("add", {"content": note}, headers, timeout=timeout))


async def save(world, note, falls_back):
    try:
        await add(world, note, timeout=5.0)
    except OctaMemError as error:
        if not falls_back(error):
            raise
        await world.sleep(pause(error, 0))
        await patiently(world, lambda: add(world, note, timeout=120.0), again=may_repeat_write)
    return note


async def planted(world):
    """Takes any failure of the first way of saving for a note that is not saved."""
    return await save(world, "Tea at four.", falls_back=is_transient)


async def cured(world):
    """Falls back only if the first way was certainly refused."""
    return await save(world, "Tea at four.", falls_back=may_repeat_write)


BUG = Bug(RETRIED, planted, cured, breaks=("acknowledged_once",), raw=True)
