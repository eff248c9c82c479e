"""The lock is a file that the process removes at its end, which a killed process never does."""

import os
from contextlib import contextmanager

from ._corpus import BEYOND, Bug
from ._kept import Outbox, kept, send

NOTES = ("Tea at four.", "Coffee at nine.")


@contextmanager
def by_existence():
    """Hold the lock by the existence of its file; give whether it is held."""
    try:
        os.close(os.open(kept("lock"), os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        yield False
        return
    try:
        yield True
    finally:
        kept("lock").unlink()


@contextmanager
def by_process():
    """Hold the lock that the system frees if the process ends; give whether it is held."""
    import fcntl

    with kept("lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


async def send_under(world, locked):
    with locked() as held:
        if not held:
            return []
        outbox = Outbox(NOTES)
        await send(world, outbox)
        return outbox.notes("sent")


async def planted(world):
    """Leaves the outbox to another process for as long as there is a lock file."""
    return await send_under(world, by_existence)


async def cured(world):
    """Holds a lock that ends with its process."""
    return await send_under(world, by_process)


BUG = Bug(BEYOND, planted, cured, breaks=("recovers",))
