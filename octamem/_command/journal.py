"""The journal of an import: append-only lines that say, at any moment of a crash, what was sent and what is stored."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Dict, Optional, Set, Tuple, Union

from .arguments import CommandError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_BEGINNING = b'{"imported":"'

_LOCKED = 1 << 30
"""The byte that is locked on Windows, where nobody may read what is locked."""


@dataclass(frozen=True)
class Header:
    """The first line of a journal: whose it is.

    `imported` names the import, and begins each idempotency key. `entries` and `digest` are the file's. `target` tells
    whether the service and the key are the same, and gives neither away.
    """

    imported: str
    entries: int
    digest: str
    target: str


class Journal:
    """An open journal: what it knows, and what is added to it; threads may share it."""

    def __init__(self, path: Path) -> None:
        """Open a journal, and lock it for as long as this process lives; CommandError if it cannot be used."""
        self.path = path
        self.stored: Set[int] = set()
        self._sent: Set[int] = set()
        """What was sent, and has no result."""
        self._sent_again: Set[int] = set()
        """What was sent again although it may have been stored."""
        self._lock = threading.Lock()
        self._sync_lock = threading.Lock()
        self._written = self._synced = 0
        self._broken: Optional[OSError] = None
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        try:
            self._file = os.open(path, flags, 0o600)
        except OSError as error:
            raise CommandError(f"{path}: the journal cannot be written: {error.strerror}") from None
        if not stat.S_ISREG(os.fstat(self._file).st_mode):
            os.close(self._file)
            raise CommandError(f"{path}: the journal cannot be written: it is no regular file")
        try:
            _lock(self._file, path)
        except CommandError:
            os.close(self._file)
            raise

    def header(self, new: Header) -> Header:
        """Return the header of the journal after reading all of it; a new journal begins with the one given."""
        data = self._content()
        whole = data.rfind(b"\n") + 1
        found = self._read(data[:whole]) if whole or _may_begin(data) else ()
        if found == ():
            advice = "name another file with --journal, or delete this one to import everything again"
            raise CommandError(f"{self.path}: this is not the journal of an import; {advice}")
        if whole < len(data):
            # A crash cut the last line. What it would have told was not done yet, or is in doubt without it.
            os.ftruncate(self._file, whole)
        if found is None:
            self._append(asdict(new), durable=True)
            _sync_folder(self.path)
        return found or new

    def _read(self, data: bytes) -> Union[Header, Tuple[()], None]:
        """Take whole lines, and return their header: None if there are none, () if they are no journal."""
        try:
            records = [json.loads(line) for line in data.split(b"\n")[:-1]]
            header = Header(**records[0]) if records else None
            for record in records[1:]:
                self._take(record)
        except (ValueError, TypeError, KeyError, RecursionError):
            return ()
        return header

    def _content(self) -> bytes:
        data = bytearray()
        os.lseek(self._file, 0, os.SEEK_SET)
        while True:
            chunk = os.read(self._file, 1 << 20)
            if not chunk:
                return bytes(data)
            data += chunk

    def _take(self, record: Dict[str, Any]) -> None:
        if "sending" in record:
            self._note_sending(record["sending"])
        elif "stored" in record:
            self._note_stored(record["stored"], twice=record.get("twice", False))
        else:
            self._note_failed(record["failed"], record["outcome"])

    def _note_sending(self, index: int) -> None:
        if index in self._sent:
            self._sent_again.add(index)
        self._sent.add(index)

    def _note_stored(self, index: int, *, twice: bool) -> None:
        self._sent.discard(index)
        self.stored.add(index)
        if twice:
            self._sent_again.add(index)

    def _note_failed(self, index: int, outcome: str) -> None:
        if outcome != "unknown":
            self._sent.discard(index)

    def sending(self, index: int, key: str) -> None:
        """Write that an entry is about to be sent; it is on the disk when this returns."""
        with self._lock:
            self._note_sending(index)
        self._append({"sending": index, "key": key}, durable=True)

    def note_stored(self, index: int, *, twice: bool) -> None:
        """Write that an entry is stored; `twice`: one of its attempts was lost, so it may be stored twice."""
        with self._lock:
            self._note_stored(index, twice=twice)
        self._append({"stored": index, **({"twice": True} if twice else {})})

    def note_failed(self, index: int, outcome: str) -> None:
        """Write that an entry failed, and whether it may be stored."""
        with self._lock:
            self._note_failed(index, outcome)
        self._append({"failed": index, "outcome": outcome})

    def maybe_stored(self) -> Set[int]:
        """Return the entries that were sent, may be stored, and have no result."""
        return self._sent - self.stored

    def maybe_twice(self) -> Set[int]:
        """Return the entries that are stored, and may be stored twice."""
        return self._sent_again & self.stored

    def _append(self, record: Dict[str, Any], *, durable: bool = False) -> None:
        line = json.dumps(record, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            if self._broken:
                raise self._broken
            try:
                while line:
                    line = line[os.write(self._file, line) :]
            except OSError as error:
                # Half a line may stand there, which another must not follow.
                self._broken = error
                raise
            self._written += 1
            mine = self._written
        if not durable:
            # A killed process loses nothing that it has written. Only a machine that fails does, and then the entry
            # counts as one that may be stored.
            return
        with self._sync_lock:
            # One sync covers all lines that were written before it, those of other threads too.
            if self._synced < mine:
                reached = self._written
                os.fsync(self._file)
                self._synced = reached

    def close(self) -> None:
        """Write everything to the disk, and let others use the journal."""
        with contextlib.suppress(OSError):
            os.fsync(self._file)
        os.close(self._file)


def _may_begin(data: bytes) -> bool:
    """Return whether the bytes may be the part of a first line that a crash left."""
    return data.startswith(_BEGINNING) or _BEGINNING.startswith(data)


def _lock(file: int, path: Path) -> None:
    try:
        if sys.platform == "win32":
            os.lseek(file, _LOCKED, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        raise CommandError(f"{path}: another import of this file is running; wait until it has ended") from None


def _sync_folder(path: Path) -> None:
    # Windows cannot open a folder, and keeps its entries by itself.
    with contextlib.suppress(OSError):
        folder = os.open(path.resolve().parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
