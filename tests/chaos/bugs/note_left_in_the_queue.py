"""Two workers share a list of notes, and one removes what the other has taken."""

from collections import deque

from ._corpus import ORDER, Bug
from ._looking import ask, look_and_save

NOTES = ("Tea is at four.", "The launch moved.", "The backup is done.")


async def planted(world):
    """Looks at the first note, saves it, and then removes the first."""
    left = deque(NOTES)

    async def work(own):
        while left:
            await look_and_save(own, left[0])
            if left:
                left.popleft()

    await _worked(world, work)


async def cured(world):
    """Removes a note before it is saved."""
    left = deque(NOTES)

    async def work(own):
        while left:
            await look_and_save(own, left.popleft())

    await _worked(world, work)


async def _worked(world, work):
    async def later(own):
        await ask(own, *(f"{number}?" for number in range(7)))
        await work(own)

    await world.together(work, later)


BUG = Bug(ORDER, planted, cured, breaks=("recovers", "acknowledged_once"))
