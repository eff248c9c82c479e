"""Changes as rows: what each change of a fake does to the tables."""

from __future__ import annotations

import json
import sqlite3
from typing import Any, Callable, Dict, Iterable, List, Mapping, Tuple

from fake_server.core.changes import (
    AllReset,
    AnswerDropped,
    AnswerKept,
    Change,
    ClockMoved,
    Counted,
    Counters,
    Emptied,
    FaultsChanged,
    Forgotten,
    KeyClosed,
    KeySettingsChanged,
    SettingsChanged,
    Stored,
)

__all__ = ["Rows", "as_json"]


def as_json(value: Any) -> str:
    """Write a value as the JSON that is kept of it."""
    return json.dumps(value, separators=(",", ":"))


class Rows:
    """Writes changes into the tables of an open transaction.

    `hidden` are kept settings over which an option of this run goes: they stay kept unless a change names them.
    """

    def __init__(self, connection: sqlite3.Connection, hidden: Mapping[str, Any]) -> None:
        self._connection = connection
        self._hidden = self._settled = dict(hidden)
        self._numbers: Dict[str, int] = {}
        self._counted: Dict[str, Counters] = {}
        self._memories: List[Tuple[Any, ...]] = []

    def settled(self) -> None:
        """Take note that the transaction is committed."""
        self._settled = self._hidden

    def rolled_back(self) -> None:
        """Forget what was written since the last commit."""
        self._hidden = self._settled
        self._numbers.clear()
        self._counted.clear()
        self._memories.clear()

    def write(self, changes: Iterable[Change]) -> None:
        """Write changes in their order."""
        for change in changes:
            if isinstance(change, Stored):
                *fields, file = change.memory
                self._memories.append((self._number(change.key), *fields, *(file or (None, None))))
            elif isinstance(change, Counted):
                self._counted[change.key] = change.counters  # only the last of a transaction counts
            else:
                self.flush()
                _WRITERS[type(change)](self, change)
        self.flush()

    def flush(self) -> None:
        """Write what was gathered, since many rows at once take less time."""
        if self._memories:
            self._connection.executemany(
                "INSERT OR REPLACE INTO memories"
                " (key, id, content, context, type, source, created, found_at, found_after, file_id, file_name)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                self._memories,
            )
            self._memories.clear()
        for key, counters in self._counted.items():
            self._connection.execute(
                "UPDATE keys SET accepted = ?, searches = ?, made = ?, ahead = ? WHERE number = ?",
                (*counters, self._number(key)),
            )
        self._counted.clear()

    def _number(self, key: str) -> int:
        number = self._numbers.get(key)
        if number is None:
            found = self._connection.execute("SELECT number FROM keys WHERE key = ?", (key,)).fetchone()
            number = self._opened(key) if found is None else int(found[0])
            self._numbers[key] = number
        return number

    def _opened(self, key: str) -> int:
        made = self._connection.execute(
            "INSERT INTO keys (key, own, accepted, searches, made, ahead) VALUES (?, '{}', 0, 0, 0, 0)", (key,)
        )
        return int(made.lastrowid or 0)

    def forgotten(self, change: Forgotten) -> None:
        """Delete one memory."""
        self._connection.execute("DELETE FROM memories WHERE key = ? AND id = ?", (self._number(change.key), change.id))

    def emptied(self, change: Emptied) -> None:
        """Delete the memories of a key."""
        self._connection.execute("DELETE FROM memories WHERE key = ?", (self._number(change.key),))

    def key_settings(self, change: KeySettingsChanged) -> None:
        """Replace the settings of a key."""
        self._connection.execute(
            "UPDATE keys SET own = ? WHERE number = ?", (as_json(dict(change.own)), self._number(change.key))
        )

    def answer_kept(self, change: AnswerKept) -> None:
        """Keep an answer."""
        self._connection.execute(
            "INSERT OR REPLACE INTO answers (key, endpoint, token, sent, answer) VALUES (?, ?, ?, ?, ?)",
            (self._number(change.key), change.endpoint, change.token, change.sent, as_json(change.answer)),
        )

    def answer_dropped(self, change: AnswerDropped) -> None:
        """Delete an answer."""
        self._connection.execute(
            "DELETE FROM answers WHERE key = ? AND endpoint = ? AND token = ?",
            (self._number(change.key), change.endpoint, change.token),
        )

    def key_closed(self, change: KeyClosed) -> None:
        """Delete a key, and with it all that it holds."""
        self._connection.execute("DELETE FROM keys WHERE key = ?", (change.key,))
        self._numbers.pop(change.key, None)

    def settings(self, change: SettingsChanged) -> None:
        """Replace the settings of the server."""
        kept = {**self._hidden, **change.changed}
        self._connection.execute("UPDATE server SET settings = ?", (as_json(kept),))

    def clock(self, change: ClockMoved) -> None:
        """Replace how far the clock is ahead."""
        self._connection.execute("UPDATE server SET ahead = ?", (change.ahead,))

    def all_reset(self, _change: AllReset) -> None:
        """Delete all except which seed files were applied, and how many runs there were."""
        self._hidden = {}
        self._numbers.clear()
        self._connection.execute("DELETE FROM keys")
        self._connection.execute("UPDATE server SET ahead = 0, settings = '{}'")


_WRITERS: Mapping[type, Callable[[Rows, Any], None]] = {
    Forgotten: Rows.forgotten,
    Emptied: Rows.emptied,
    KeySettingsChanged: Rows.key_settings,
    AnswerKept: Rows.answer_kept,
    AnswerDropped: Rows.answer_dropped,
    KeyClosed: Rows.key_closed,
    SettingsChanged: Rows.settings,
    ClockMoved: Rows.clock,
    FaultsChanged: lambda _rows, _change: None,  # the next run begins without faults
    AllReset: Rows.all_reset,
}
