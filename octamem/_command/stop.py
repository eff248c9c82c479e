"""The end of an import on a signal: nothing more is sent, no retry is waited for, what is in flight ends."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from types import FrameType
from typing import Callable, Generator, Optional

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Whether to stop, and why; also the clock of the client, whose waits end when it is time to stop."""

    def __init__(self) -> None:
        self.reason = ""
        self.signal = 0
        self.in_wait: Callable[[], None] = lambda: None
        """Called instead of a wait that is cut short; it closes the client, which then sends no retry."""
        self._asked = threading.Event()

    def ask(self, reason: str) -> None:
        """Ask everybody to stop; the first reason counts."""
        self.reason = self.reason or reason
        self._asked.set()

    def is_asked(self) -> bool:
        """Return whether to stop."""
        return self._asked.is_set()

    def now(self) -> float:
        """Return the seconds since the epoch, UTC."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Block this thread for that many seconds, or until it is time to stop."""
        if self._asked.wait(seconds):
            self.in_wait()

    @contextlib.contextmanager
    def on_signals(self) -> Generator[None, None, None]:
        """Stop on Ctrl-C and on SIGTERM inside this block; a second one ends the process at once."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._handle) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _handle(self, number: int, _frame: Optional[FrameType]) -> None:
        if self.signal:
            # The journal knows what was in flight.
            os._exit(128 + number)
        self.signal = number
        self.ask("stopped by Ctrl-C" if number == signal.SIGINT else "stopped by SIGTERM")
        with contextlib.suppress(OSError, ValueError):
            os.write(sys.stderr.fileno(), b"\nstopping when the calls in flight have ended; once more ends at once\n")
