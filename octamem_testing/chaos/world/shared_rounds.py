"""Shared rounds: what the parts of one hunt have found, a file for each schedule, in a directory of that hunt."""

from __future__ import annotations

import inspect
import os
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Callable, Optional, Sequence, Tuple

__all__ = ["Share", "SharedRounds", "share_of", "source_of"]

Play = Callable[[str], bytes]
"""Plays the round of a schedule, and returns what it showed; b"" if that cannot leave the process."""


@dataclass(frozen=True)
class Share:
    """The part `number` of `parts` that share the rounds of one hunt through a `directory`."""

    number: int
    parts: int
    directory: Path

    def agreed(self, name: str, text: str) -> str:
        """Return the text that the first of the parts has written under this name, which is ours if that is first."""
        file = self.directory / name
        draft = self._draft(file, text.encode("utf-8", "surrogatepass"))
        with suppress(FileExistsError):
            os.link(draft, file)
        draft.unlink()
        return file.read_bytes().decode("utf-8", "surrogatepass")

    def found(self, schedule: str) -> bytes:
        """Return what a part has found under a schedule, b"" if none has, or could hand it over."""
        try:
            return self._file(schedule).read_bytes()
        except FileNotFoundError:
            return b""

    def has(self, schedule: str) -> bool:
        """Whether a part has made the round of a schedule."""
        return self._file(schedule).exists()

    def note(self, schedule: str, parcel: bytes) -> None:
        """Write down what was found under a schedule; the rounds of all parts are the same."""
        file = self._file(schedule)
        self._draft(file, parcel).replace(file)

    def _file(self, schedule: str) -> Path:
        return self.directory / f"{sha256(schedule.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}.round"

    def _draft(self, file: Path, content: bytes) -> Path:
        draft = file.with_name(f".{file.name}.{self.number}.{os.getpid()}")
        draft.write_bytes(content)
        return draft


def share_of(
    part: Optional[Tuple[int, int]], directory: Optional[Path], identity: Tuple[object, ...]
) -> Optional[Share]:
    """Return the share of a part, None without a directory; raises ValueError for a directory of another hunt."""
    if part is None or directory is None:
        return None
    share = Share(*part, directory)
    try:
        share.directory.mkdir(parents=True, exist_ok=True)
        ours = sha256(repr(identity).encode("utf-8", "surrogatepass")).hexdigest()
        others = share.agreed("hunt", ours)
    except OSError as error:
        raise ValueError(
            f"shared: expected a directory that can be written, got {str(share.directory)!r} ({error.strerror}); "
            "name another one"
        ) from None
    if others != ours:
        raise ValueError(
            "shared: expected the directory of this hunt, got that of another one; "
            "name a new directory for each run and each hunt"
        )
    return share


def source_of(function: Any) -> str:
    """Return a digest of the file that a function is in, "" if nobody knows it."""
    try:
        return sha256(Path(inspect.getsourcefile(function) or "").read_bytes()).hexdigest()
    except (OSError, TypeError):
        return ""


class SharedRounds:
    """Makes the rounds of one part before any others, and takes those of the other parts as far as they are there.

    Nobody waits for another part: what is not there is made here, so that each part ends with the whole result.
    """

    def __init__(self, share: Share, play: Play) -> None:
        self._share = share
        self._play = play

    def offer(self, schedules: Sequence[str]) -> None:
        """Make those of the next schedules that are this part's."""
        for schedule in schedules[self._share.number - 1 :: self._share.parts]:
            if not self._share.has(schedule):
                self._share.note(schedule, self._play(schedule))

    def take(self, schedule: str) -> bytes:
        """Return what a part has found under a schedule, b"" if this one is to play it."""
        return self._share.found(schedule)

    def note(self, schedule: str, parcel: bytes) -> None:
        """Hand over what this part has found under a schedule, unless it is there."""
        if not self._share.has(schedule):
            self._share.note(schedule, parcel)
