"""An outbox in SQLite that is crashed: one that resends, one that marks too early, and one that looks first."""

import sqlite3
from contextlib import closing
from typing import List, Tuple

import pytest

from octamem import OctaMem
from octamem_testing import chaos
from octamem_testing.chaos import Chaos

NOTES = ("Tea is at four.", "The launch moved to April 15.")


def opened() -> sqlite3.Connection:
    """Open the outbox of this round, with the notes that are to be sent."""
    outbox = sqlite3.connect(str(chaos.workdir() / "outbox.db"), isolation_level=None)
    outbox.execute("CREATE TABLE IF NOT EXISTS outbox (note TEXT PRIMARY KEY, state TEXT)")
    outbox.executemany("INSERT OR IGNORE INTO outbox VALUES (?, 'new')", [(note,) for note in NOTES])
    return outbox


def mark(outbox: sqlite3.Connection, note: str, state: str) -> None:
    """Write down how far a note is."""
    outbox.execute("UPDATE outbox SET state = ? WHERE note = ?", (state, note))


def rows(outbox: sqlite3.Connection, condition: str) -> List[Tuple[str, str]]:
    """Read notes and their states."""
    return outbox.execute(f"SELECT note, state FROM outbox WHERE {condition} ORDER BY note").fetchall()


def resend(client: OctaMem) -> List[str]:
    """Mark a note after the answer, and send it again if it is not marked."""
    with closing(opened()) as outbox:
        for note, _ in rows(outbox, "state = 'new'"):
            client.with_options(max_retries=0).add(content=note)
            mark(outbox, note, "sent")
        return [note for note, _ in rows(outbox, "state = 'sent'")]


def hope(client: OctaMem) -> List[str]:
    """Mark a note before the answer."""
    with closing(opened()) as outbox:
        for note, _ in rows(outbox, "state = 'new'"):
            mark(outbox, note, "sent")
            client.with_options(max_retries=0).add(content=note)
        return [note for note, _ in rows(outbox, "state = 'sent'")]


def look(client: OctaMem) -> List[str]:
    """Mark a note before the add and after it; between the two it may be stored, so look before it is sent again."""
    careful = client.with_options(retry_unknown_writes=False)
    with closing(opened()) as outbox:
        for note, state in rows(outbox, "state <> 'sent'"):
            found = (careful.get(query=note).results or []) if state == "sending" else []
            if all(record.content != note for record in found):
                mark(outbox, note, "sending")
                careful.add(content=note)
            mark(outbox, note, "sent")
        return [note for note, _ in rows(outbox, "state = 'sent'")]


def test_what_is_resent_is_stored_twice() -> None:
    """The process is killed after the write and before the answer, so the next one does not know of it."""
    finding = chaos.hunt(resend, faults="crash", seed=7).finding

    assert finding is not None
    assert (finding.invariant.name, finding.schedule) == ("acknowledged_once", "add: crash @after")
    assert finding.round.lives == 2


def test_what_is_marked_too_early_is_lost() -> None:
    """The process is killed before the write, and the next one takes the note for sent."""
    with pytest.raises(chaos.ChaosFailure, match=r"'Tea is at four\.' was returned as saved, but is not stored"):
        chaos.replay(hope, "add: crash")


def test_an_outbox_that_looks_survives(octamem_chaos: Chaos) -> None:
    """Wherever it is killed, and whatever else happens, each note is stored once."""
    report = octamem_chaos(look, rounds=60)

    assert report.by_kind["crash @before"] > 0
    assert report.by_kind["crash @after"] > 0
