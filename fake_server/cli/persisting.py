"""A fake that goes on where the file of --persist ends, and the seed file that is applied to it once."""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Collection, Optional, Tuple

from fake_server.core import Fake
from fake_server.core.wording import plural
from fake_server.persistence import Keeper, Resumed, UnfitFileError, open_file, resume, target_of

from .build import store_file

__all__ = ["Persisted", "persisted"]

_PIECE = 1 << 20  # bytes of a seed file that are read at a time


@dataclass(frozen=True)
class Persisted:
    """The keeper of a file, what the file held, and whether the seed file was applied by an earlier run."""

    keeper: Keeper
    path: Path
    resumed: Resumed
    seeded: int = 0
    seeded_before: bool = False

    @property
    def memories(self) -> int:
        """The number of memories of all keys."""
        return self.resumed.memories + self.seeded

    def lines(self) -> Tuple[str, ...]:
        """Return what the banner says: what is kept where, and which settings are in force."""
        file = target_of(self.path)
        named = f"{self.path}, a link to {file}" if file != self.path else str(file)
        said = [f"kept in {named}, which holds {plural(self.memories, 'memory', 'memories')}"]
        if self.resumed.in_force:
            said.append(f"kept settings in force: {', '.join(sorted(self.resumed.in_force))}")
        if self.resumed.hidden:
            said.append(f"options go before these kept settings: {', '.join(sorted(self.resumed.hidden))}")
        if self.seeded_before:
            said.append("the seed file was applied by an earlier run, and not again")
        return tuple(said)


def persisted(fake: Fake, path: Path, sync: str, seed_file: Optional[Path], options: Collection[str]) -> Persisted:
    """Open a file, bring what it keeps into a fake, and apply a seed file that was not applied before.

    Raises UnfitFileError, and SeedError or OSError for the seed file, of which then nothing is kept.
    """
    connection = open_file(path, sync)
    try:
        resumed = resume(fake, connection, target_of(path), options)
        keeper = Keeper(fake, connection, resumed.hidden)
        digest = None if seed_file is None else _digest(seed_file)
        if seed_file is None or digest is None:
            return Persisted(keeper, path, resumed)
        if keeper.was_seeded(digest):
            return Persisted(keeper, path, resumed, seeded_before=True)
        keeper.begin_seeding(digest)
        stored = store_file(fake, seed_file, keeper.write_seeds)
        keeper.end_seeding()
        return Persisted(keeper, path, resumed, stored)
    except sqlite3.Error as error:
        connection.close()
        raise UnfitFileError(
            f"cannot write {str(target_of(path))!r}: {error}; make room, or name another file"
        ) from None
    except BaseException:
        connection.close()
        raise


def _digest(path: Path) -> bytes:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for piece in iter(lambda: file.read(_PIECE), b""):
            digest.update(piece)
    return digest.digest()
