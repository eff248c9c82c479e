"""A line of progress that is kept up to date on a terminal, and not written elsewhere."""

from __future__ import annotations

import shutil
import sys
import time
from typing import Callable, Optional, TextIO

import click

from .text import fitted

__all__ = ["Progress"]

BETWEEN = 0.1  # seconds between two looks of the line
CELLS = 24
_CLEAR = "\r\x1b[K"


class Progress:
    """A bar and what it says, on standard error; `say` prints a line above it."""

    def __init__(
        self, total: Optional[int], *, stream: Optional[TextIO] = None, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._total = total
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._now = now
        self._written = now() - BETWEEN
        self._shown = False
        self._done = 0

    def read(self, size: int) -> None:
        """Take how much of the total is done."""
        self._done = size

    def update(self, text: str) -> None:
        """Show how much is done, and a text, unless the line is too fresh."""
        now = self._now()
        if not self._terminal or now - self._written < BETWEEN:
            return
        self._written, self._shown = now, True
        bar = "" if not self._total else f"[{_bar(self._done / self._total)}] {min(self._done / self._total, 1):4.0%}  "
        self._stream.write(f"{_CLEAR}{fitted(bar + text, shutil.get_terminal_size().columns - 1)}")
        self._stream.flush()

    def say(self, line: str) -> None:
        """Print a line above the bar."""
        self.end()
        click.echo(line, err=True)

    def end(self) -> None:
        """Leave the line empty for what follows."""
        if self._shown:
            self._stream.write(_CLEAR)
            self._stream.flush()
            self._shown = False


def _bar(part: float) -> str:
    full = min(int(part * CELLS), CELLS)
    return "#" * full + "." * (CELLS - full)
