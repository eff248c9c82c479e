"""The progress line of an import: kept up to date on a terminal, and now and then elsewhere."""

from __future__ import annotations

import time
from typing import Callable, TextIO

from octamem._add_many.outcome import AddProgress

_ON_TERMINAL = 0.1
_ELSEWHERE = 10.0
"""The seconds between two lines."""


class Progress:
    """Writes how far an import is, and how long it will take."""

    def __init__(self, stream: TextIO, total: int, before: int, now: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._total = total
        self._before = before
        self._now = now
        self._terminal = stream.isatty()
        self._began = self._written = now()
        self._shown = False

    def __call__(self, progress: AddProgress) -> None:
        """Write the line, unless the last one is too fresh."""
        now = self._now()
        if now - self._written < (_ON_TERMINAL if self._terminal else _ELSEWHERE):
            return
        self._written = now
        self._shown = True
        self._stream.write(("\r\x1b[K" if self._terminal else "") + self._line(progress, now))
        self._stream.write("" if self._terminal else "\n")
        self._stream.flush()

    def _line(self, progress: AddProgress, now: float) -> str:
        rate = progress.done / max(now - self._began, 1e-9)
        left = self._total - self._before - progress.done
        failed = f", {progress.failed:,} failed" if progress.failed else ""
        stored = self._before + progress.done - progress.failed
        return f"{stored:,} of {self._total:,} stored{failed}, {rate:,.0f} a second, {_duration(left / rate)} left"

    def end(self) -> None:
        """Leave the line of a terminal empty for what follows."""
        if self._shown and self._terminal:
            self._stream.write("\r\x1b[K")
            self._stream.flush()


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
