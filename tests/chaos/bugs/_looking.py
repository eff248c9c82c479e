"""A save that looks before each attempt, which is correct as long as nobody else saves the same note."""

from __future__ import annotations

from contextlib import suppress

from octamem import OctaMemError

from ._policy import patiently
from ._world import World


async def is_saved(world: World, note: str) -> bool:
    """Look whether a note is stored."""
    return any(record.content == note for record in (await world.get(note)).results or [])


async def look_and_save(world: World, note: str) -> None:
    """Add a note unless it is stored, and look again after each failure."""

    async def save() -> None:
        if not await is_saved(world, note):
            await world.add(note)

    await patiently(world, save)


async def ask(world: World, *questions: str) -> None:
    """Ask questions one after the other, and do without the answers that fail."""
    for question in questions:
        with suppress(OctaMemError):
            await world.get(question)
