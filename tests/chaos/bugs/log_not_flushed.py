"""The log of what was sent is in the buffer of its file when the process is killed."""

from ._corpus import BEYOND, Bug
from ._kept import is_stored, kept
from ._policy import add

NOTES = ("Tea at four.", "Coffee at nine.")


def logged():
    return kept("log").read_text(encoding="utf-8").splitlines() if kept("log").exists() else []


async def send(world, buffering):
    sent = logged()
    with kept("log").open("a", encoding="utf-8", buffering=buffering) as log:
        for note in NOTES:
            if f"+{note}" not in sent and (f"-{note}" not in sent or not await is_stored(world, note)):
                log.write(f"-{note}\n")
                await add(world, note)
                log.write(f"+{note}\n")
    return NOTES


async def planted(world):
    """Writes each note into the log, and leaves it in the buffer."""
    return await send(world, -1)


async def cured(world):
    """Flushes the log after each line."""
    return await send(world, 1)


BUG = Bug(BEYOND, planted, cured, breaks=("acknowledged_once",))
