"""Progress: one line at a terminal, while a hunt takes longer than a second."""

from __future__ import annotations

import sys
from typing import Optional, TextIO

from octamem_testing.virtual_time.threads.turns import real_time

__all__ = ["Progress"]

_FIRST = 1.0  # seconds of real time after which it shows: shorter hunts are over before it is read
_EVERY = 0.2
_ERASE = "\r\x1b[K"


class Progress:
    """Writes to standard error if that is a terminal, and nowhere else; the line is erased at the end."""

    def __init__(self, of: Optional[int]) -> None:
        self._of = "" if of is None else f" of {of}"
        stream: Optional[TextIO] = sys.__stderr__  # the program's own output may go elsewhere
        self._stream = stream if stream is not None and stream.isatty() else None
        self._next = real_time() + _FIRST
        self._shown = False

    def tell(self, rounds: int, findings: int) -> None:
        """Show how many rounds were made, and how many invariants were found violated."""
        if self._stream is None or real_time() < self._next:
            return
        self._next, self._shown = real_time() + _EVERY, True
        violated = f", {findings} violated" if findings else ""
        self._stream.write(f"{_ERASE}chaos: {rounds}{self._of} rounds{violated}")
        self._stream.flush()

    def end(self) -> None:
        """Erase the line."""
        if self._stream is not None and self._shown:
            self._stream.write(_ERASE)
            self._stream.flush()
