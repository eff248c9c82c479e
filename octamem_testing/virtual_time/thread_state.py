"""One thread of a round: what it waits for, and how to wake it."""

from __future__ import annotations

import threading
from _thread import allocate_lock
from typing import Callable, Optional

from .blocked import Watched

__all__ = ["ThreadState"]


class ThreadState:
    """A thread of the round: what it waits for, and how to wake it."""

    __slots__ = (
        "bell",
        "due",
        "error",
        "guest",
        "hold",
        "over",
        "ready",
        "real",
        "spins",
        "stays",
        "thread",
        "watched",
        "woken",
    )

    def __init__(self, thread: threading.Thread, *, guest: bool = False) -> None:
        self.thread = thread
        self.guest = guest  # not of the round, and only waiting in it
        self.bell = allocate_lock()  # released when it has the turn
        self.bell.acquire()
        self.watched = Watched()
        self.over = False
        self.real = False  # waiting for the machine, with the turn kept
        self.ready: Optional[Callable[[], bool]] = None  # what ends the wait
        self.due: Optional[int] = None  # when the wait ends by itself, in ticks
        self.hold = 0.0  # real time until which the round's stands still for the wait
        self.spins = False  # whether the wait has no length
        self.stays = False  # whether it outlives the round
        self.woken = False  # whether `ready` ended the wait
        self.error: Optional[BaseException] = None  # what to raise when woken
