"""Failures are counted in a row, and a failure of another kind starts a new row."""

from octamem import OctaMemError

from ._corpus import DELAY, Bug
from ._policy import LIMIT, is_transient


async def ask(world, question, same):
    failures, latest = 0, None
    while True:
        try:
            return await world.get(question)
        except OctaMemError as error:
            failures = failures + 1 if same(latest, error) else 1
            latest = error
            if failures == LIMIT or not is_transient(error):
                raise
            await world.sleep(max(2.0**failures, error.retry_after or 0.0))


async def planted(world):
    """Counts failures of one kind in a row, and never ends if two kinds take turns."""
    return {"tea": await ask(world, "tea", lambda latest, error: type(latest) is type(error))}


async def cured(world):
    """Counts failures in a row, of whatever kind."""
    return {"tea": await ask(world, "tea", lambda latest, _: latest is not None)}


BUG = Bug(DELAY, planted, cured, breaks=("bounded",), faults=2)
