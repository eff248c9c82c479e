"""Retry-After is read and logged, but the wait is that of the back-off."""

import logging

from octamem import OctaMemError

from ._corpus import DELAY, Bug
from ._policy import LIMIT, is_transient

log = logging.getLogger(__name__)


async def ask(world, question, wait):
    for attempt in range(LIMIT):
        try:
            return await world.get(question)
        except OctaMemError as error:
            if attempt == LIMIT - 1 or not is_transient(error):
                raise
            log.debug("attempt %d failed, the service asks for %s s", attempt + 1, error.retry_after)
            await world.sleep(wait(0.5 * 2**attempt, error))


async def planted(world):
    """Waits for its own back-off, whatever the service asked for."""
    return {"tea": await ask(world, "tea", lambda backed_off, _: backed_off)}


async def cured(world):
    """Waits for as long as the service asked, if that is longer."""
    return {"tea": await ask(world, "tea", lambda backed_off, error: max(backed_off, error.retry_after or 0.0))}


BUG = Bug(DELAY, planted, cured, breaks=("retry_after_honoured",))
