"""The directory of a round, in which a program keeps what it needs after a crash."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from shutil import disk_usage, rmtree
from tempfile import mkdtemp
from typing import Generator, Optional

__all__ = ["Workdir", "directory_of_round", "shared_directory", "workdir"]


_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a directory of our own there
_ROOM = 256 << 20
"""Bytes that must be free in memory: a program may keep more than a few notes."""


class Workdir:
    """The directory of one round, made when it is first asked for; `asked` says whether it was.

    It is in the directory `parent`, None for where there is room.
    """

    def __init__(self, parent: Optional[Path] = None) -> None:
        self.asked = False
        self._parent = parent
        self._path: Optional[Path] = None

    def make(self) -> Path:
        """Return the directory, which is empty when it is made."""
        if self._path is None:
            self._path = Path(mkdtemp(prefix="octamem-chaos-", dir=self._parent or _in_memory()))
        return self._path

    def remove(self) -> None:
        """Remove the directory, and all that is in it."""
        if self._path is not None:
            rmtree(self._path, ignore_errors=True)


def _in_memory() -> Optional[Path]:
    """Return a directory in memory, where a commit takes no time and outlives a process; None if there is none."""
    try:
        has_room = disk_usage(_IN_MEMORY).free >= _ROOM and os.access(_IN_MEMORY, os.W_OK)
    except OSError:
        return None
    return _IN_MEMORY if has_room else None


class _Current:
    """The directory of the round that runs; rounds take turns."""

    workdir: Optional[Workdir] = None


@contextmanager
def shared_directory() -> Generator[Path, None, None]:
    """Yield a directory for those of rounds in other processes, which may be killed before they remove them."""
    shared = Workdir()
    try:
        yield shared.make()
    finally:
        shared.remove()


@contextmanager
def directory_of_round(parent: Optional[Path] = None) -> Generator[Workdir, None, None]:
    """Let `workdir` return a new directory until the block ends, and then remove it."""
    before, current = _Current.workdir, Workdir(parent)
    _Current.workdir = current
    try:
        yield current
    finally:
        _Current.workdir = before
        current.remove()


def workdir() -> Path:
    """Return the directory of this round of chaos, in which a scenario keeps its files.

    Each round has a new and empty one, which all lives of the round share, and which is removed after it. Raises
    RuntimeError outside of a round.
    """
    current = _Current.workdir
    if current is None:
        raise RuntimeError(
            "chaos.workdir(): expected a call inside a scenario, got one outside of a round; "
            "call it in the function that chaos runs"
        )
    current.asked = True
    return current.make()
