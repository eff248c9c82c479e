"""A note that failed goes to the end of the queue, behind the note that updates it."""

from collections import deque

from octamem import OctaMemError

from ._corpus import BEYOND, Bug
from ._policy import LIMIT, may_repeat_write, pause

NOTES = ("The tea is at four.", "The tea moved to five.")


async def send(world, put_back):
    queue, failures = deque(NOTES), 0
    while queue:
        note = queue.popleft()
        try:
            await world.add(note)
        except OctaMemError as error:
            failures += 1
            if failures == LIMIT or not may_repeat_write(error):
                raise
            put_back(queue, note)
            await world.sleep(pause(error, failures))
    return NOTES


async def planted(world):
    """Puts a note that failed at the end of the queue."""
    return await send(world, deque.append)


async def cured(world):
    """Puts a note that failed back where it was."""
    return await send(world, deque.appendleft)


BUG = Bug(BEYOND, planted, cured, breaks=("writes_in_order",))
