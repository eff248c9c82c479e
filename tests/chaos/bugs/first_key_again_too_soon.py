"""Two keys take turns, and the first is used again before the wait that its account was asked for is over."""

from octamem import OctaMemError

from ._corpus import BEYOND, Bug
from ._policy import LIMIT, is_transient

KEYS = ("sk-om-live-the-first-account", "sk-om-live-the-second-account")


async def ask(world, wait):
    free = dict.fromkeys(KEYS, 0.0)
    for attempt in range(LIMIT):
        key = KEYS[attempt % len(KEYS)]
        await world.sleep(max(0.5 * attempt, wait(free[key] - world.now())))
        try:
            return await world.using(api_key=key).get("tea")
        except OctaMemError as error:
            if attempt == LIMIT - 1 or not is_transient(error):
                raise
            free[key] = world.now() + (error.retry_after or 0.0)
    raise AssertionError("the last attempt returns or raises")


async def planted(world):
    """Takes the keys in turn, whatever their accounts were asked to wait."""
    return {"tea": await ask(world, lambda _: 0.0)}


async def cured(world):
    """Waits until the account of the next key may go on."""
    return {"tea": await ask(world, lambda left: left)}


BUG = Bug(BEYOND, planted, cured, breaks=("retry_after_honoured",))
