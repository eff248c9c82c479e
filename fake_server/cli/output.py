"""Lines that go out in a thread of their own: nobody waits for a reader who does not read."""

from __future__ import annotations

import os
import select
import time
from collections import deque
from functools import partial
from threading import Condition, RLock, Thread
from typing import Any, Callable, Deque, Optional, Tuple

__all__ = ["Output", "encoding_of", "writes_to"]

LINES = 10_000  # lines that wait at most
BYTES = 4 << 20  # bytes that wait at most, except that one line may always
PIECE = getattr(select, "PIPE_BUF", 512)  # bytes that a pipe takes whole or not at all, so that no line is torn
CLOSING = 0.25  # seconds that the end waits for what is not yet written
GATHER = 0.02  # seconds that lines gather before they are written, so that not each wakes the thread
PAUSE = 0.05  # seconds until another try at a descriptor that does not block

Write = Callable[[bytes], int]
Gap = Callable[[int, bool], str]


class Output:
    """Take lines at once, and write them in a thread; beyond a bound, drop the oldest and count them.

    `gap` makes the line that stands where lines are missing, from their number and False; at the end, from the number
    of all that are missing and True. A line that cannot be written is missing too.
    """

    def __init__(
        self, write: Write, gap: Gap, *, encoding: str = "utf-8", lines: int = LINES, size: int = BYTES
    ) -> None:
        self.dropped = 0
        self._write = write
        self._gap = gap
        self._encoding = encoding
        self._most = (lines, size)
        self._waiting: Deque[bytes] = deque()
        self._bytes = 0
        self._unsaid = 0
        self._writing = 0
        self._draining = 0  # who waits until all is written
        self._is_asleep = False
        self._ending = False
        self._over = False
        self._lock = RLock()
        self._changed = Condition(self._lock)
        self._thread = Thread(target=self._run, name="octamem-fake output", daemon=True)
        self._thread.start()

    def put(self, line: str) -> None:
        """Take a line, whose end is added."""
        encoded = self._encoded(line)
        with self._lock:  # not by the condition, which takes it by two calls more
            self._waiting.append(encoded)
            self._bytes += len(encoded)
            while len(self._waiting) > self._most[0] or (self._bytes > self._most[1] and len(self._waiting) > 1):
                self._bytes -= len(self._waiting.popleft())
                self._miss(1)
            if self._is_asleep:
                self._is_asleep = False
                self._changed.notify_all()

    def drain(self, seconds: float) -> bool:
        """Wait until all lines are written, but not for longer than some seconds; return whether they are."""
        with self._changed:
            self._draining += 1
            self._changed.notify_all()
            try:
                return self._changed.wait_for(lambda: not self._waiting and not self._writing, seconds)
            finally:
                self._draining -= 1

    def close(self, seconds: float = CLOSING) -> None:
        """Write what waits, and how many lines are missing; give up after some seconds."""
        if not self.drain(seconds * 0.8):
            with self._changed:
                self._miss(len(self._waiting))
                self._waiting.clear()
                self._bytes = 0
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        self._thread.join(seconds * 0.2)

    def _run(self) -> None:
        while True:
            piece, count = self._next()
            if piece is None:
                return
            try:
                self._write_all(piece)
            except (OSError, ValueError):  # the reader has left, the disk is full, or the stream is closed
                with self._changed:
                    self._miss(count)
            with self._changed:
                self._writing = 0
                self._changed.notify_all()

    def _next(self) -> Tuple[Optional[bytes], int]:
        """Wait for lines, and return as many as go out together, with their number; None once the end is reached."""
        with self._changed:
            while not (self._waiting or self._ending):
                self._is_asleep = True
                self._changed.wait()
            self._is_asleep = False
            if self._bytes < PIECE and not (self._draining or self._ending):
                self._changed.wait(GATHER)
            if not self._waiting:
                total = 0 if self._over else self.dropped
                self._over = True
                return (self._encoded(self._gap(total, True)), 0) if total else (None, 0)
            piece, count = b"", 0
            if self._unsaid:
                piece, self._unsaid = self._encoded(self._gap(self._unsaid, False)), 0
            while self._waiting and (not count or len(piece) + len(self._waiting[0]) <= PIECE):
                line = self._waiting.popleft()
                self._bytes -= len(line)
                piece += line
                count += 1
            self._writing = count
            return piece, count

    def _miss(self, count: int) -> None:
        self.dropped += count
        self._unsaid += count

    def _encoded(self, line: str) -> bytes:
        return f"{line}\n".encode(self._encoding, "backslashreplace")

    def _write_all(self, piece: bytes) -> None:
        while piece:
            piece = piece[self._written(piece) :]

    def _written(self, piece: bytes) -> int:
        try:
            return self._write(piece)
        except BlockingIOError:  # whoever gave us the descriptor made it so
            time.sleep(PAUSE)
            return 0


def writes_to(stream: Any) -> Write:
    """Return the function that writes bytes to the descriptor of a stream.

    It goes around the stream's buffer, whose lock a write that hangs would keep until the process cannot end. A stream
    without a descriptor is written to itself; for None, the bytes are thrown away.
    """
    if stream is None:
        return len
    try:
        return partial(os.write, stream.fileno())
    except (AttributeError, OSError, ValueError):
        encoding = encoding_of(stream)
        return lambda piece: stream.write(piece.decode(encoding)) and len(piece)


def encoding_of(stream: Any) -> str:
    """Return the encoding of a stream, UTF-8 if it names none."""
    return getattr(stream, "encoding", None) or "utf-8"
