"""Ctrl-C in a hunt: recorded as well as raised, since a KeyboardInterrupt that is raised in a callback is lost."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from types import FrameType
from typing import Callable, Generator, List, Optional

__all__ = ["recorded_interrupts"]


@contextmanager
def recorded_interrupts() -> Generator[Callable[[], None], None, None]:
    """Yield a function that raises KeyboardInterrupt if a SIGINT has come since.

    The handler in place is called too, and restored at the end. Outside of the main thread no signal is recorded.
    """
    signals: List[int] = []
    before = signal.getsignal(signal.SIGINT)

    def raise_if_interrupted() -> None:
        if signals:
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield raise_if_interrupted
        return
    previous = before

    def handle(number: int, frame: Optional[FrameType]) -> None:
        signals.append(number)
        previous(number, frame)

    signal.signal(signal.SIGINT, handle)
    try:
        yield raise_if_interrupted
    finally:
        signal.signal(signal.SIGINT, before)
