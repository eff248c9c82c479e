"""A table that grows on a terminal, and whose rows change while they are still on the screen."""

from __future__ import annotations

import shutil
from collections import deque
from typing import Callable, Deque, Optional, Sequence, TextIO, Tuple

from .text import fitted, one_line, width

__all__ = ["LiveTable"]

GAP = "  "
Size = Tuple[int, int]


def _size() -> Size:
    columns, lines = shutil.get_terminal_size()
    return columns, lines


class LiveTable:
    """Rows by their ids; each column but the last has a width, and grows with what it holds."""

    def __init__(self, header: Sequence[str], stream: TextIO, size: Callable[[], Size] = _size) -> None:
        self._widths = [len(each) for each in header[:-1]]
        self._stream = stream
        self._size = size
        self._lines: Deque[Optional[str]] = deque()  # the ids of the lines on the screen, the newest last
        self._add(None, self._line(header))

    def show(self, identity: str, cells: Sequence[str]) -> None:
        """Show a row: in its old place if that is still on the screen, else below the others."""
        line = self._line(cells)
        if identity not in self._lines:
            self._add(identity, line)
        else:
            above = len(self._lines) - list(self._lines).index(identity)
            self._stream.write(f"\x1b[{above}A\r\x1b[2K{line}\x1b[{above}B\r")
        self._stream.flush()

    def say(self, text: str) -> None:
        """Add a line that is no row."""
        self._add(None, fitted(one_line(text), self._size()[0] - 1))
        self._stream.flush()

    def _add(self, identity: Optional[str], line: str) -> None:
        self._stream.write(f"{line}\n")
        self._lines.append(identity)
        # The cursor stands on a line of its own.
        while len(self._lines) > max(self._size()[1] - 1, 1):
            self._lines.popleft()

    def _line(self, cells: Sequence[str]) -> str:
        *first, last = [one_line(cell) for cell in cells]
        self._widths = [max(size, width(cell)) for size, cell in zip(self._widths, first)]
        padded = (f"{cell}{' ' * (size - width(cell))}" for cell, size in zip(first, self._widths))
        # Not the last cell of the terminal, behind which some begin a new line.
        return fitted(GAP.join([*padded, last]), self._size()[0] - 1).rstrip()
