"""Loading: a fake goes on where the file ends, under the options of this run."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Collection, Dict, Mapping, Optional, Tuple

from fake_server.core import Fake, Memory, SettingError
from fake_server.core.changes import Counters
from fake_server.core.memory import File

from .file import UnfitFileError, damaged

__all__ = ["Resumed", "resume"]


@dataclass(frozen=True)
class Resumed:
    """What was kept: the number of memories, and the settings that are in force, or over which an option goes."""

    memories: int
    in_force: Tuple[str, ...] = ()
    hidden: Mapping[str, Any] = field(default_factory=dict, repr=False)


def resume(fake: Fake, connection: sqlite3.Connection, path: Path, options: Collection[str]) -> Resumed:
    """Bring all that is kept into a fake; `options` are the settings that options of this run name, and that go before.

    Raises UnfitFileError for a file whose rows are not what this code wrote, or whose settings are refused under these
    options, and sqlite3.Error if it cannot be written.
    """
    try:
        resumed = _resume(fake, connection, options)
    except SettingError as error:
        raise UnfitFileError(f"cannot use {str(path)!r}, which keeps a setting that is refused: {error}") from None
    except (sqlite3.Error, ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise damaged(path, error if isinstance(error, sqlite3.Error) else "a row cannot be read") from None
    connection.execute("UPDATE server SET epoch = epoch + 1")
    return resumed


def _resume(fake: Fake, connection: sqlite3.Connection, options: Collection[str]) -> Resumed:
    epoch, ahead, settings = connection.execute("SELECT epoch, ahead, settings FROM server").fetchone()
    kept: Dict[str, Any] = json.loads(settings)
    hidden = {name: value for name, value in kept.items() if name in options}
    changed = {name: value for name, value in kept.items() if name not in options}
    fake.resume(epoch=epoch + 1, ahead=ahead, settings=changed)
    keys: Dict[int, str] = {}
    for number, key, own, *counters in connection.execute(
        "SELECT number, key, own, accepted, searches, made, ahead FROM keys ORDER BY number"
    ):
        keys[number] = key
        fake.resume_key(key, json.loads(own), Counters(*counters))
    for number, endpoint, token, sent, answer in connection.execute(
        "SELECT key, endpoint, token, sent, answer FROM answers ORDER BY place"
    ):
        fake.resume_answer(keys[number], endpoint, token, sent, json.loads(answer))
    memories = _memories(fake, connection, keys)
    return Resumed(memories, tuple(changed), hidden)


def _memories(fake: Fake, connection: sqlite3.Connection, keys: Mapping[int, str]) -> int:
    rows = connection.execute(
        "SELECT key, id, content, context, type, source, created, found_at, found_after, file_id, file_name"
        " FROM memories ORDER BY place"
    )
    count = 0
    for number, group in groupby(rows, itemgetter(0)):
        memories = [
            Memory._make((*fields, _file(*file))) for (_, *fields), file in ((row[:-2], row[-2:]) for row in group)
        ]
        fake.resume_memories(keys[number], memories)
        count += len(memories)
    return count


def _file(identity: Optional[str], name: Optional[str]) -> Optional[File]:
    return None if identity is None or name is None else File(identity, name)
