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


Line = Tuple[Optional[str], Sequence[str]]  # the id of a row, and its cells; without an id, the header or a sentence


class LiveTable:
    """Rows by their ids; each column but the last has a width, and grows with what it holds."""

    def __init__(self, header: Sequence[str], stream: TextIO, size: Callable[[], Size] = _size) -> None:
        self._widths = [len(each) for each in header[:-1]]
        self._stream = stream
        self._size = size
        self._lines: Deque[Line] = deque()  # those on the screen, the newest last
        self._add((None, header))

    def show(self, identity: str, cells: Sequence[str]) -> None:
        """Show a row: in its old place if that is still on the screen, else below the others.

        If a column grows, all that is on the screen is written again, so that it stays below its header.
        """
        row: Line = (identity, [one_line(cell) for cell in cells])
        widths = [max(size, width(cell)) for size, cell in zip(self._widths, row[1])]
        has_grown, self._widths = widths != self._widths, widths
        at = next((at for at, line in enumerate(self._lines) if line[0] == identity), None)
        if at is not None:
            self._lines[at] = row
        if has_grown:
            self._write_again()
        elif at is not None:
            above = len(self._lines) - at
            self._stream.write(f"\x1b[{above}A\r\x1b[2K{self._text(row)}\x1b[{above}B\r")
        if at is None:
            self._add(row)
        self._stream.flush()

    def say(self, text: str) -> None:
        """Add a line that is no row."""
        self._add((None, (one_line(text),)))
        self._stream.flush()

    def _add(self, line: Line) -> None:
        self._stream.write(f"{self._text(line)}\n")
        self._lines.append(line)
        # The cursor stands on a line of its own.
        while len(self._lines) > max(self._size()[1] - 1, 1):
            self._lines.popleft()

    def _write_again(self) -> None:
        again = "".join(f"\r\x1b[2K{self._text(line)}\n" for line in self._lines)
        self._stream.write(f"\x1b[{len(self._lines)}A{again}")

    def _text(self, line: Line) -> str:
        *first, last = line[1]
        padded = (f"{cell}{' ' * (size - width(cell))}" for cell, size in zip(first, self._widths))
        # Not the last cell of the terminal, behind which some begin a new line.
        return fitted(GAP.join([*padded, last]), self._size()[0] - 1).rstrip()
