"""What a program keeps across a crash: an outbox in SQLite, and a file that is replaced as a whole."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Sequence, Tuple

from octamem_testing import chaos

from ._looking import is_saved
from ._policy import add, patiently
from ._world import World


class Outbox:
    """Notes and how far each is: new, sending or sent."""

    def __init__(self, notes: Sequence[str]) -> None:
        self._file = str(chaos.workdir() / "outbox.db")
        self._run("CREATE TABLE IF NOT EXISTS outbox (at INTEGER PRIMARY KEY, note TEXT, state TEXT)")
        for at, note in enumerate(notes):
            self._run("INSERT OR IGNORE INTO outbox VALUES (?, ?, 'new')", at, note)

    def notes(self, *states: str) -> Tuple[str, ...]:
        """Return the notes in these states, in order."""
        rows = self._run("SELECT note, state FROM outbox ORDER BY at")
        return tuple(note for note, state in rows if state in states)

    def mark(self, note: str, state: str) -> None:
        """Write down how far a note is."""
        self._run("UPDATE outbox SET state = ? WHERE note = ?", state, note)

    def _run(self, statement: str, *values: Any) -> Any:
        with closing(sqlite3.connect(self._file, isolation_level=None)) as connection:
            return connection.execute(statement, values).fetchall()


def kept(name: str) -> Path:
    """Return the place of a file that outlives a crash."""
    return chaos.workdir() / name


def load(name: str, default: Any) -> Any:
    """Return what a file holds, or the default if there is none."""
    return json.loads(kept(name).read_text(encoding="utf-8")) if kept(name).exists() else default


def replace(name: str, value: Any) -> None:
    """Write a file as a whole: a reader sees the old one or the new one."""
    written = kept(f"{name}.new")
    written.write_text(json.dumps(value), encoding="utf-8")
    os.replace(written, kept(name))  # noqa: PTH105 - the one call that says what it guarantees


async def is_stored(world: World, note: str) -> bool:
    """Look for a note, again if the look failed."""
    stored: bool = await patiently(world, lambda: is_saved(world, note))
    return stored


async def send(world: World, outbox: Outbox) -> None:
    """Send what the outbox has left; look first for what a killed process may have sent."""
    for note in outbox.notes("sending", "new"):
        if note in outbox.notes("new") or not await is_stored(world, note):
            outbox.mark(note, "sending")
            await add(world, note)
        outbox.mark(note, "sent")
