"""Lines of bytes that come in pieces: numbered, the blank ones left out, and none held beyond its largest size."""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import List, NamedTuple

__all__ = ["LineReader", "NumberedLine"]


class NumberedLine(NamedTuple):
    """A line without its end, its number, from 1, and its size: of one that is too large, `content` is a part."""

    number: int
    content: bytes
    size: int


class LineReader:
    """Reads lines from bytes that come in pieces; holds no more of them than one line, and no more of that than `most`.

    Lines end with LF, CRLF or CR. Blank lines are counted and left out; so is a byte order mark before the first.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._number = 0
        self._begun: List[bytes] = []  # the beginning of the line that is not over yet, in the pieces in which it came
        self._size = 0
        self._after_cr = False

    @property
    def is_too_long(self) -> bool:
        """Whether the line that is not over yet is larger than it may be."""
        return self._size > self._most

    @property
    def number(self) -> int:
        """The number of the line that is not over yet."""
        return self._number + 1

    def feed(self, data: bytes) -> List[NumberedLine]:
        """Return the lines that end in this piece."""
        found: List[NumberedLine] = []
        if self._after_cr and data:
            data = data[1:] if data.startswith(b"\n") else data
            self._after_cr = False
        for part in data.splitlines(keepends=True):
            line = part.rstrip(b"\r\n")
            self._begin(line)
            if len(line) < len(part):
                found += self.end()
        self._after_cr = data.endswith(b"\r") or (self._after_cr and not data)
        return found

    def end(self) -> List[NumberedLine]:
        """Return the last line, if it has no end of its own."""
        if not self._begun:
            return []
        line, size = b"".join(self._begun), self._size
        self._begun, self._size = [], 0
        self._number += 1
        if self._number == 1:
            line = line.removeprefix(BOM_UTF8)
        return [NumberedLine(self._number, line, size)] if line.strip() else []

    def _begin(self, part: bytes) -> None:
        """Keep a part of a line, but nothing past its largest size, which is refused anyway."""
        if self._size <= self._most:
            self._begun.append(part)
        self._size += len(part)
