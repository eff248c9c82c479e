"""The state of one thread of a round: what it waits for, and how to wake it."""

from __future__ import annotations

import threading
from _thread import allocate_lock
from typing import Callable, Optional

from octamem_testing.virtual_time.blocked import BlockDetector

from .series import Member

__all__ = ["ThreadState"]


class ThreadState:
    """A thread that the scheduler knows, with its present or last wait.

    `due` is in ticks of virtual time, `frozen_until` in real seconds. The wait ends when `is_ready` gives True or at
    `due`, whichever comes first.
    """

    __slots__ = (
        "adopted",
        "after",
        "busy_wait",
        "daemon_wait",
        "detector",
        "due",
        "ended",
        "error",
        "foreign",
        "frozen_until",
        "held",
        "in_real_time",
        "is_ready",
        "thread",
        "waker",
        "woken",
    )

    def __init__(self, thread: threading.Thread, *, foreign: bool = False, adopted: bool = False) -> None:
        self.thread = thread
        self.adopted = adopted  # not started by the program in this virtual time, and working for it
        self.after: Optional[Member] = None  # who must have ended before it begins
        self.foreign = foreign  # not started by the round, and only waiting in it
        self.waker = allocate_lock()  # released when it is the thread's turn
        self.waker.acquire()
        self.detector = BlockDetector()
        self.ended = False
        self.held = False  # until its next turn it goes after all others that could run
        self.in_real_time = False  # waiting for the machine, without giving up its turn
        self.is_ready: Optional[Callable[[], bool]] = None
        self.due: Optional[int] = None
        self.frozen_until = 0.0  # until then virtual time stands still for this wait
        self.busy_wait = False  # whether the wait has no length
        self.daemon_wait = False  # whether the wait may outlive the round
        self.woken = False  # whether `is_ready` ended the wait, rather than `due`
        self.error: Optional[BaseException] = None  # raised in the thread when it wakes
