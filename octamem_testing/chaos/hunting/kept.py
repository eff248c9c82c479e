"""Kept schedules: those that failed are kept in a directory, a file each, and tried first in the next hunt."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Dict, Iterable, Optional, Tuple

from octamem_testing.chaos.schedule.schedule import Schedule
from octamem_testing.chaos.schedule.steps import OWN, word_of

__all__ = ["KeptSchedules"]

_MOST = 20
"""The most kept schedules that one hunt tries."""


@dataclass(frozen=True)
class KeptSchedules:
    """The kept schedules of one scenario under the same arguments; `directory` is None if nothing is kept.

    Several processes may use one directory. One that cannot be read or written is as good as none.
    """

    directory: Optional[Path]

    @classmethod
    def of(cls, database: Optional[Path], *key: object) -> KeptSchedules:
        """Return those that belong to a key, such as the scenario's name and the settings of the hunt."""
        return cls(None if database is None else database / _digest(repr(key)))

    def load(self, own: Tuple[str, ...]) -> Tuple[str, ...]:
        """Return the kept schedules in a fixed order, and drop those that this scenario cannot meet any more."""
        found: Dict[str, None] = {}
        for file in self._files():
            try:
                schedule = Schedule.of(file.read_text(encoding="utf-8"))
            except (OSError, ValueError):  # a ScriptError, and bytes that are no text
                schedule = Schedule()
            words = {word_of(step) for _, _, _, step in schedule.steps()}
            if not schedule.faults or words & {*OWN} - {*own}:
                _remove(file)
            else:
                found[str(schedule)] = None
        return tuple(found)[:_MOST]

    def note(self, trail: Iterable[Tuple[str, str]], failed: Iterable[str]) -> None:
        """Keep the smallest schedules that failed, and drop each other one that was tried."""
        kept = set(filter(None, failed))
        names = {_digest(schedule): schedule for schedule, _ in trail}
        for file in self._files():
            if file.name in names and names[file.name] not in kept:
                _remove(file)
        for schedule in kept:
            self._write(schedule)

    def _files(self) -> Tuple[Path, ...]:
        if self.directory is None:
            return ()
        try:
            return tuple(sorted(each for each in self.directory.iterdir() if not each.name.startswith(".")))
        except OSError:
            return ()

    def _write(self, schedule: str) -> None:
        if self.directory is None:
            return
        file = self.directory / _digest(schedule)
        draft = self.directory / f".{file.name}.{os.getpid()}"
        with suppress(OSError):
            self.directory.mkdir(parents=True, exist_ok=True)
            draft.write_text(schedule, encoding="utf-8")
            draft.replace(file)


def _remove(file: Path) -> None:
    with suppress(OSError):
        file.unlink()


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
