"""Ctrl-C in a hunt: noted as well as raised, since what is raised where nobody can catch it is lost."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from types import FrameType
from typing import Callable, Generator, List, Optional

__all__ = ["noted"]


@contextmanager
def noted() -> Generator[Callable[[], None], None, None]:
    """Give a function that raises KeyboardInterrupt where a SIGINT has come since, whatever became of it.

    The handler that there was is called too, and put back. Elsewhere than in the main thread no signal comes.
    """
    came: List[int] = []
    before = signal.getsignal(signal.SIGINT)

    def look() -> None:
        if came:
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield look
        return
    others = before

    def handle(number: int, frame: Optional[FrameType]) -> None:
        came.append(number)
        others(number, frame)

    signal.signal(signal.SIGINT, handle)
    try:
        yield look
    finally:
        signal.signal(signal.SIGINT, before)
