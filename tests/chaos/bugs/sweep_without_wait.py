"""The outbox is swept again as soon as a sweep is over, so a note that was refused comes back at once."""

from octamem import OctaMemError

from ._corpus import BEYOND, Bug

NOTES = ("Tea at four.", "Coffee at nine.")
SWEEPS = 5


async def send(world, every):
    unsent, sent = list(NOTES), []
    for sweep in range(SWEEPS):
        for note in list(unsent):
            try:
                await world.add(note)
                sent.append(note)
                unsent.remove(note)
            except OctaMemError as error:
                if error.outcome == "unknown":
                    unsent.remove(note)
                else:
                    await world.sleep(error.retry_after or 0.5)
        if unsent and sweep < SWEEPS - 1:
            await world.sleep(every)
    return sent


async def planted(world):
    """Begins the next sweep half a second after the last."""
    return await send(world, 0.5)


async def cured(world):
    """Begins the next sweep a minute after the last."""
    return await send(world, 60.0)


BUG = Bug(BEYOND, planted, cured, breaks=("refusals_not_repeated",))
