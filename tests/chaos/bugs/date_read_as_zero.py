"""Retry-After may be an HTTP date, and a value that is not a number is read as no wait."""

from email.utils import parsedate_to_datetime

from octamem import OctaMemError

from ._corpus import DELAY, Bug
from ._policy import LIMIT, is_transient, pause
from ._world import fields


def seconds_or_nothing(text, _):
    try:
        return float(text)
    except ValueError:
        return 0.0


def seconds_or_date(text, now):
    try:
        return float(text)
    except ValueError:
        try:
            return parsedate_to_datetime(text).timestamp() - now
        except (TypeError, ValueError):
            return 0.0


async def ask(world, question, read):
    for attempt in range(LIMIT):
        try:
            response = await world.post("search", {"query": question})
            return fields(response, retry_after=read(response.headers.get("retry-after", ""), world.now()))
        except OctaMemError as error:
            if attempt == LIMIT - 1 or not is_transient(error):
                raise
            await world.sleep(pause(error, attempt))


async def planted(world):
    """Reads only seconds, and waits for half a second if a date asks for longer."""
    await ask(world, "tea", seconds_or_nothing)


async def cured(world):
    """Reads both forms of the header."""
    await ask(world, "tea", seconds_or_date)


BUG = Bug(DELAY, planted, cured, breaks=("retry_after_honoured",), raw=True)
