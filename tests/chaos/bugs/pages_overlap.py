"""The last note of a page is the first of the next, so notes at the edges are stored twice, without any fault."""

from ._corpus import BEYOND, Bug
from ._policy import add

NOTES = ("Tea at four.", "Coffee at nine.", "Cocoa at ten.", "Lift on Mondays.")
PAGE = 2


async def copy(world, last):
    for begin in range(0, len(NOTES), PAGE):
        for note in NOTES[begin : last(begin)]:
            await add(world, note)
    return set(NOTES)


async def planted(world):
    """Reads a page up to and with the first note of the next."""
    return await copy(world, lambda begin: begin + PAGE + 1)


async def cured(world):
    """Reads a page up to the first note of the next."""
    return await copy(world, lambda begin: begin + PAGE)


BUG = Bug(BEYOND, planted, cured, breaks=("acknowledged_once",), faults=0)
