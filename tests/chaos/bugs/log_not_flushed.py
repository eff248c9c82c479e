"""The log of what was sent is in the buffer of its file when the process is killed."""

from ._corpus import BEYOND, Bug
from ._kept import add, is_stored, kept

NOTES = ("Tea at four.", "Coffee at nine.")


def logged():
    return kept("log").read_text(encoding="utf-8").splitlines() if kept("log").exists() else []


async def planted(world):
    """Writes each note into the log, and leaves it in the buffer."""
    sent = logged()
    with kept("log").open("a", encoding="utf-8") as log:
        for note in NOTES:
            if f"+{note}" not in sent and (f"-{note}" not in sent or not await is_stored(world, note)):
                log.write(f"-{note}\n")
                await add(world, note)
                log.write(f"+{note}\n")
    return NOTES


async def cured(world):
    """Flushes the log after each line."""
    sent = logged()
    with kept("log").open("a", encoding="utf-8", buffering=1) as log:
        for note in NOTES:
            if f"+{note}" not in sent and (f"-{note}" not in sent or not await is_stored(world, note)):
                log.write(f"-{note}\n")
                await add(world, note)
                log.write(f"+{note}\n")
    return NOTES


BUG = Bug(BEYOND, planted, cured, breaks=("acknowledged_once",))
