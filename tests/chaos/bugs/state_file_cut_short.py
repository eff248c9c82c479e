"""The state file is emptied first and written when the note is sent, so a crash in between leaves it empty."""

import json

from ._corpus import BEYOND, Bug
from ._kept import is_stored, kept, load, replace
from ._policy import add

NOTES = ("Tea at four.", "Coffee at nine.")


async def planted(world):
    """Opens the file for writing, sends the note, and then writes the state."""
    sent = load("state.json", [])
    for note in NOTES:
        if note not in sent:
            with kept("state.json").open("w", encoding="utf-8") as file:
                await add(world, note)
                sent.append(note)
                json.dump(sent, file)
    return NOTES


async def cured(world):
    """Replaces the file as a whole, and looks for the note that it may have missed."""
    sent = load("state.json", None)
    resumed, sent = sent is not None, sent or []
    for note in NOTES:
        if note not in sent:
            replace("state.json", sent)
            if not resumed or not await is_stored(world, note):
                await add(world, note)
            resumed = False
            sent.append(note)
    replace("state.json", sent)
    return NOTES


BUG = Bug(BEYOND, planted, cured, breaks=("only_documented_errors", "recovers", "acknowledged_once"))
