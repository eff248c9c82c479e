"""Workers: forked children that play rounds ahead of a hunt, which takes their results in its own order."""

from __future__ import annotations

import os
import select
import signal
from _thread import start_new_thread
from collections import deque
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Callable, Deque, Dict, Sequence, Set, Tuple

from .forked import started
from .messages import Inbox, send

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Workers"]

_DEPTH = 16
"""Schedules that a worker is given before it has answered: it never waits for the hunt, and its pipe is never full."""
MOST_REAL_SECONDS = 30.0
"""Real seconds without a result after which a worker is killed: longer than a life may take that hangs."""

Play = Callable[[str], bytes]
"""Plays the round of a schedule, and returns what it showed; b"" if that cannot leave the process."""


class Workers:
    """`count` processes beside this one, which play every schedule that is not this one's turn.

    Of the schedules that are offered, the first is left to this process, the next to the first worker, and so on in
    turns: who plays which depends on nothing else. Use it in a `with`.
    """

    def __init__(self, count: int, play: Play) -> None:
        self._workers = [_Worker(play) for _ in range(count)]
        self._by_schedule: Dict[str, _Worker] = {}

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Kill the workers, whatever they do."""
        for worker in self._workers:
            worker.close()

    def offer(self, schedules: Sequence[str]) -> None:
        """Say which schedules come next, in their order; those of the last time that nobody has begun are forgotten."""
        shares = len(self._workers) + 1
        self._by_schedule.clear()
        for at, worker in enumerate(self._workers, 1):
            share = schedules[at::shares]
            worker.begin(share)
            self._by_schedule.update(dict.fromkeys(share, worker))

    def take(self, schedule: str) -> bytes:
        """Return what a worker found under a schedule, b"" if this process is to play it."""
        for worker in self._workers:
            worker.pump()
        worker_of = self._by_schedule.pop(schedule, None)
        return b"" if worker_of is None else worker_of.take(schedule)


class _Worker:
    """One child: it reads schedules from a pipe, and writes the result of each to another."""

    def __init__(self, play: Play) -> None:
        asks_read, self._asks = os.pipe()
        answers_read, answers_write = os.pipe()
        ours = (self._asks, answers_read)
        self._child = started(partial(_serve, play, asks_read, answers_write, ours), leads_group=True)
        os.close(asks_read)
        os.close(answers_write)
        self._answers = answers_read
        self._inbox = Inbox(answers_read)
        self._waiting: Deque[str] = deque()
        self._asked: Deque[str] = deque()
        self._done: Dict[str, bytes] = {}
        self._unwanted: Set[str] = set()
        self._is_gone = False

    def begin(self, schedules: Sequence[str]) -> None:
        """Take over these schedules, and forget those that nobody has taken."""
        self._waiting = deque(schedules)
        self._done.clear()
        self._unwanted = set(self._asked)
        self._ask()

    def pump(self) -> None:
        """Read what has arrived, and ask for more."""
        while not self._is_gone and self._read(0.0):
            pass
        self._ask()

    def take(self, schedule: str) -> bytes:
        """Wait for the result of a schedule; b"" if the child is gone, or has to be killed."""
        while schedule not in self._done and not self._is_gone:
            self._ask()
            if not self._read(MOST_REAL_SECONDS):
                self._is_gone = True
                self._child.kill()
        return self._done.pop(schedule, b"")

    def close(self) -> None:
        """Kill the child and its own children, and wait until it is gone."""
        self._child.kill()
        os.close(self._asks)
        os.close(self._answers)

    def _ask(self) -> None:
        while self._waiting and len(self._asked) < _DEPTH and not self._is_gone:
            schedule = self._waiting.popleft()
            try:
                send(self._asks, schedule.encode())
            except OSError:
                self._is_gone = True
                return
            self._asked.append(schedule)

    def _read(self, seconds: float) -> bool:
        """Read one result, and return whether there was one within so many real seconds."""
        try:
            result = self._inbox.receive(seconds)
        except EOFError:
            self._is_gone = True
            return False
        if result is None:
            return False
        schedule = self._asked.popleft()
        if schedule in self._unwanted:
            self._unwanted.discard(schedule)
        else:
            self._done[schedule] = result
        return True


def _serve(play: Play, asks: int, answers: int, of_parent: Tuple[int, int]) -> None:
    """Play what is asked for until the parent has left."""
    for descriptor in of_parent:
        os.close(descriptor)
    start_new_thread(_end_with_parent, (asks,))
    inbox = Inbox(asks)
    while True:
        schedule = inbox.receive()
        if schedule is not None:
            send(answers, play(schedule.decode()))


def _end_with_parent(asks: int) -> None:
    """Kill this process and its children once the parent is gone, whatever its round does; in a thread of its own."""
    poll = select.poll()
    poll.register(asks, 0)  # it waits for the other end to be closed, and for no message
    poll.poll()
    with suppress(OSError):
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)
