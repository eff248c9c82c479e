"""The time-out error is no subclass of the connection error, and is missing in the except clause."""

from octamem import APIConnectionError, APIError, APITimeoutError, InternalServerError, RateLimitError

from ._corpus import RETRIED, Bug
from ._policy import LIMIT, is_transient, pause


async def usage(world, passing):
    for attempt in range(LIMIT):
        try:
            return await world.details()
        except passing as error:
            if attempt == LIMIT - 1 or not is_transient(error):
                raise
            await world.sleep(pause(error, attempt))


async def planted(world):
    """Lists the errors that are worth a retry, and leaves out the timeout."""
    await usage(world, (RateLimitError, InternalServerError, APIError, APIConnectionError))


async def cured(world):
    """Lists the timeout too."""
    await usage(world, (RateLimitError, InternalServerError, APIError, APIConnectionError, APITimeoutError))


BUG = Bug(RETRIED, planted, cured, breaks=("recovers",))
