"""The service honours the Idempotency-Key, but after a crash the note is sent again with another one."""

import uuid

from ._corpus import BEYOND, Bug
from ._kept import load, replace
from ._policy import patiently
from ._world import settled

NOTES = ("Tea at four.", "Coffee at nine.")


async def save(world, note, key):
    await patiently(world, lambda: settled(world.client.add(content=note, idempotency_key=key)))


async def planted(world):
    """Makes the key of a note in memory."""
    for at in range(load("checkpoint", 0), len(NOTES)):
        await save(world, NOTES[at], str(uuid.uuid4()))
        replace("checkpoint", at + 1)
    return NOTES


async def cured(world):
    """Writes the key of a note down before the note is sent."""
    for at in range(load("checkpoint", 0), len(NOTES)):
        key = load(f"key-{at}", None) or str(uuid.uuid4())
        replace(f"key-{at}", key)
        await save(world, NOTES[at], key)
        replace("checkpoint", at + 1)
    return NOTES


BUG = Bug(BEYOND, planted, cured, breaks=("acknowledged_once", "recovers"), settings={"idempotency": True})
