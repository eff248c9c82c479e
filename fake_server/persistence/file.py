"""Opening of a file: one server at a time, and nothing is written to a file that is not fit."""

from __future__ import annotations

import contextlib
import errno
import os
import shlex
import sqlite3
import stat
from pathlib import Path
from typing import Generator, Optional, Sequence
from urllib.parse import quote

from fake_server.core.wording import expected

from .schema import APPLICATION, VERSION, migrate

__all__ = ["SYNC", "UnfitFileError", "damaged", "open_file", "target_of"]

SYNC = ("normal", "full")
"""When a commit reaches the disk: at the next checkpoint, or before it is answered."""

_MAGIC = b"SQLite format 3\0"
_ANOTHER = "name another file"


class UnfitFileError(Exception):
    """A file that cannot be used: what is wrong with it, and what to do; `in_use` if another server uses it."""

    in_use = False


def damaged(path: Path, reason: object) -> UnfitFileError:
    """Return the error of a file that is ours, and cannot be read whole."""
    advice = f"copy it, read what is left of it with: sqlite3 {shlex.quote(str(path))} .recover, or {_ANOTHER}"
    return UnfitFileError(expected(f"{str(path)!r}", "a whole file", f"a damaged one ({reason})", advice))


def target_of(path: Path) -> Path:
    """Return the file that a link leads to, and any other path as it is: the log and the lock are beside the file."""
    try:
        return path.resolve() if path.is_symlink() else path
    except (OSError, RuntimeError):  # links that lead to each other; to read the file says so
        return path


def open_file(path: Path, sync: str = SYNC[0]) -> sqlite3.Connection:
    """Open a file for one server, a new one if there is none; raises UnfitFileError, and then changes no byte of it."""
    path = target_of(path)
    is_new = _is_new(path)
    _check_rights(path)
    if not is_new:
        _check(path)
    connection: Optional[sqlite3.Connection] = None
    try:
        with _for_owner_alone():
            connection = _connect(path, "rwc")
        if is_new:
            with contextlib.suppress(OSError):  # of another owner, who let this user write it
                path.chmod(0o600)  # an empty one was there already, with the rights that a touch gives
        # Held until the connection is closed, also by kill -9: a second server finds the file locked.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {sync}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("BEGIN IMMEDIATE")
        migrate(connection, _version(connection))
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        if connection is not None:
            connection.close()
        raise _unfit(path, error) from None
    return connection


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode={mode}",
        uri=True,
        timeout=0,
        isolation_level=None,
        check_same_thread=False,
    )


def _is_new(path: Path) -> bool:
    """Return whether there is no such file, or an empty one; raises UnfitFileError if it can be no file of ours."""
    try:
        status = path.stat()
        if stat.S_ISREG(status.st_mode):
            path.open("rb").close()
    except FileNotFoundError:
        if path.parent.is_dir():
            return _has_no_log(path)
        raise UnfitFileError(expected(f"{str(path)!r}", "a file in a folder", "a folder that is missing")) from None
    except OSError as error:
        raise UnfitFileError(f"cannot read {str(path)!r}: {error.strerror}; {_ANOTHER}") from None
    if not stat.S_ISREG(status.st_mode):
        raise UnfitFileError(expected(f"{str(path)!r}", "a file", "something else", _ANOTHER))
    return status.st_size == 0 and _has_no_log(path)


def _check_rights(path: Path) -> None:
    """Raise UnfitFileError for what may not be written: SQLite would say of it that the disk does not work."""
    files = [path, Path(f"{path}-wal")]
    for each in (*(each for each in files if each.exists()), path.parent):
        if not os.access(each, os.R_OK | os.W_OK):
            reason = f"{os.strerror(errno.EACCES)}; let this user write it, or {_ANOTHER}"
            raise UnfitFileError(f"cannot write {str(each)!r}: {reason}")


def _has_no_log(path: Path) -> bool:
    """Return True; raises UnfitFileError if a log is there without its file, which SQLite would delete."""
    log = Path(f"{path}-wal")
    if log.exists() and log.stat().st_size:
        raise damaged(path, f"{log.name} is there, and what it belongs to is gone")
    return True


def _check(path: Path) -> None:
    """Raise UnfitFileError for a file that is not a whole one of ours; opened for reading, it stays as it is."""
    with path.open("rb") as file:
        begins = file.read(len(_MAGIC))
    if begins != _MAGIC:
        if _MAGIC.startswith(begins):
            raise damaged(path, f"it ends after {len(begins)} bytes")
        raise UnfitFileError(expected(f"{str(path)!r}", "a file of --persist", "a file of another kind", _ANOTHER))
    made = [None if each.exists() else each for each in (Path(f"{path}-shm"), Path(f"{path}-wal"))]
    wrong = _found_wrong(path)
    # A log may be another server's that has just begun; an index is nobody's, since a server that serves has none.
    _delete_made(made[: 2 if wrong is not None and not wrong.in_use else 1])
    if wrong is not None:
        raise wrong


def _found_wrong(path: Path) -> Optional[UnfitFileError]:
    try:
        with contextlib.closing(_connect(path, "ro")) as connection:
            version = _version(connection)
            tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            owner = connection.execute("PRAGMA application_id").fetchone()[0]
    except sqlite3.Error as error:
        return _unfit(path, error)
    if found != "ok":
        return damaged(path, str(found).rpartition("\n")[2])
    if owner != APPLICATION and (owner or version or tables):  # else it was ended while it was made
        return UnfitFileError(expected(f"{str(path)!r}", "a file of --persist", "another SQLite file", _ANOTHER))
    if version > VERSION:
        newer = f"schema {version} of a newer octamem"
        return UnfitFileError(
            expected(f"{str(path)!r}", f"schema {VERSION} or older", newer, f"upgrade octamem, or {_ANOTHER}")
        )
    return None


def _delete_made(made: Sequence[Optional[Path]]) -> None:
    """Delete the index, and the empty log, that SQLite made for reading and leaves behind."""
    for each in made:
        with contextlib.suppress(OSError):
            if each is not None and (each.name.endswith("-shm") or not each.stat().st_size):
                each.unlink()


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _unfit(path: Path, error: sqlite3.Error) -> UnfitFileError:
    """Return what an error of SQLite means for whoever named the file."""
    reason = str(error)
    if "locked" in reason or "busy" in reason:
        wanted = "a file that no other server uses"
        taken = UnfitFileError(
            expected(f"{str(path)!r}", wanted, "one that is in use", f"end the other server, or {_ANOTHER}")
        )
        taken.in_use = True
        return taken
    if isinstance(error, sqlite3.OperationalError) and "malformed" not in reason:
        # For want of room SQLite cannot even read a log that a killed server left, and calls that an I/O error.
        room = "make room if the disk is full, or " if "full" in reason or "I/O" in reason else ""
        return UnfitFileError(f"cannot write {str(path)!r}: {reason}; {room}{_ANOTHER}")
    return damaged(path, reason)


@contextlib.contextmanager
def _for_owner_alone() -> Generator[None, None, None]:
    """Create files that only their owner may read, since they hold keys."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)
