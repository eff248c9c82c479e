"""A wrapper turns each failure into an error of its own, and the loop around it cannot recognise a 401."""

from octamem import OctaMemError

from ._corpus import RETRIED, Bug
from ._policy import LIMIT, is_transient, pause


class MemoryUnavailable(OctaMemError):
    """The memory could not be asked."""


async def ask(world, question):
    try:
        return await world.get(question)
    except OctaMemError as error:
        raise MemoryUnavailable(f"cannot ask: {error}", retry_after=error.retry_after) from error


async def keep_asking(world, question, gives_up):
    for attempt in range(LIMIT):
        try:
            return await ask(world, question)
        except MemoryUnavailable as error:
            if attempt == LIMIT - 1 or gives_up(error):
                raise
            await world.sleep(pause(error, attempt))


async def planted(world):
    """Retries its own error whatever caused it, a wrong key included."""
    return {"tea": await keep_asking(world, "tea", gives_up=lambda _: False)}


async def cured(world):
    """Looks at the cause before it retries."""
    return {"tea": await keep_asking(world, "tea", gives_up=lambda error: not is_transient(error.__cause__))}


BUG = Bug(RETRIED, planted, cured, breaks=("refusals_not_repeated",))
