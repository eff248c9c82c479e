"""The tables of a file, and the way from each version of them to the next."""

from __future__ import annotations

import sqlite3
from typing import Sequence

__all__ = ["APPLICATION", "VERSION", "migrate"]

APPLICATION = 0x4F4D466B
"""What SQLite's application_id is in a file of ours: "OMFk"."""

_FIRST = """
CREATE TABLE server (
  one INTEGER PRIMARY KEY CHECK (one = 1), epoch INTEGER NOT NULL, ahead INTEGER NOT NULL, settings TEXT NOT NULL
);
INSERT INTO server VALUES (1, -1, 0, '{}');
CREATE TABLE keys (
  number INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, own TEXT NOT NULL,
  accepted INTEGER NOT NULL, searches INTEGER NOT NULL, made INTEGER NOT NULL, ahead INTEGER NOT NULL
);
CREATE TABLE memories (
  place INTEGER PRIMARY KEY AUTOINCREMENT, key INTEGER NOT NULL REFERENCES keys ON DELETE CASCADE,
  id TEXT NOT NULL, content TEXT NOT NULL, context TEXT NOT NULL, type TEXT NOT NULL, source TEXT NOT NULL,
  created INTEGER NOT NULL, found_at INTEGER NOT NULL, found_after INTEGER NOT NULL, UNIQUE (key, id)
);
CREATE TABLE answers (
  place INTEGER PRIMARY KEY AUTOINCREMENT, key INTEGER NOT NULL REFERENCES keys ON DELETE CASCADE,
  endpoint TEXT NOT NULL, token TEXT NOT NULL, sent BLOB NOT NULL, answer TEXT NOT NULL,
  UNIQUE (key, endpoint, token)
);
CREATE TABLE seed_files (digest BLOB PRIMARY KEY)
"""

_FILES = """
ALTER TABLE memories ADD COLUMN file_id TEXT;
ALTER TABLE memories ADD COLUMN file_name TEXT
"""

_MIGRATIONS: Sequence[str] = (_FIRST, _FILES)
"""The statements that lead from version 0, an empty file, to 1, and so on; a released one is never changed."""

VERSION = len(_MIGRATIONS)
"""The version that this code reads and writes."""


def migrate(connection: sqlite3.Connection, found: int) -> None:
    """Lead a file from its version to this one, inside the caller's transaction."""
    if found == VERSION:
        return  # without a write
    for script in _MIGRATIONS[found:]:
        for each in script.split(";"):
            connection.execute(each)
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute(f"PRAGMA user_version = {VERSION}")
