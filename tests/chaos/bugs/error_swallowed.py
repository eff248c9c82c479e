"""A failed lookup is taken for one that found nothing, and a known note is added again."""

from octamem import OctaMemError

from ._corpus import RETRIED, Bug
from ._policy import may_repeat_write, patiently


async def known(world, note):
    found = await patiently(world, lambda: world.get(note))
    return any(record.content == note for record in found.results)


async def known_or_so(world, note):
    try:
        return await known(world, note)
    except OctaMemError:
        return False


async def remember(world, notes, is_known):
    for note in notes:
        if not await is_known(world, note):
            await patiently(world, lambda note=note: world.add(note), again=may_repeat_write)
    return set(notes)


async def planted(world):
    """Swallows the error of the lookup, and takes no answer for no such note."""
    return await remember(world, ["Tea at four.", "Tea at four."], known_or_so)


async def cured(world):
    """Lets a failed lookup fail the program, which may be run again."""
    return await remember(world, ["Tea at four.", "Tea at four."], known)


BUG = Bug(RETRIED, planted, cured, breaks=("acknowledged_once",))
