"""Workers: forked children that play rounds ahead of a hunt, which takes their results in its own order."""

from __future__ import annotations

import os
import select
import signal
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Callable, Deque, Dict, List, Sequence, Set

from .forked import forked

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Workers"]

_HEAD = 8  # bytes that say how many follow
_MOST_READ = 1 << 20
_DEPTH = 16
"""Schedules that a worker is given before it has answered: it never waits for the hunt, and its pipe is never full."""

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
        self._answers, answers_write = os.pipe()
        self._pid = forked()
        if not self._pid:
            _serve(play, asks_read, answers_write)
        os.close(asks_read)
        os.close(answers_write)
        self._waiting: Deque[str] = deque()
        self._asked: Deque[str] = deque()
        self._done: Dict[str, bytes] = {}
        self._unwanted: Set[str] = set()
        self._received = bytearray()
        self._is_gone = False
        self._poll = select.poll()
        self._poll.register(self._answers, select.POLLIN)

    def begin(self, schedules: Sequence[str]) -> None:
        """Take over these schedules, and forget those that nobody has taken."""
        self._waiting = deque(schedules)
        self._done.clear()
        self._unwanted = set(self._asked)
        self._ask()

    def pump(self) -> None:
        """Read what has arrived, and ask for more."""
        while not self._is_gone and self._poll.poll(0):
            self._read()
        self._ask()

    def take(self, schedule: str) -> bytes:
        """Wait for the result of a schedule; b"" if the child is gone."""
        while schedule not in self._done and not self._is_gone:
            self._ask()
            self._read()
        return self._done.pop(schedule, b"")

    def close(self) -> None:
        """Kill the child, and wait until it is gone."""
        with suppress(OSError):
            os.kill(self._pid, signal.SIGKILL)
        with suppress(OSError):  # somebody else has waited for it
            os.waitpid(self._pid, 0)
        os.close(self._asks)
        os.close(self._answers)

    def _ask(self) -> None:
        while self._waiting and len(self._asked) < _DEPTH and not self._is_gone:
            schedule = self._waiting.popleft()
            try:
                _write(self._asks, schedule.encode())
            except OSError:
                self._is_gone = True
                return
            self._asked.append(schedule)

    def _read(self) -> None:
        piece = os.read(self._answers, _MOST_READ)
        if not piece:
            self._is_gone = True
            return
        self._received += piece
        while True:
            size = _HEAD + int.from_bytes(self._received[:_HEAD], "big")
            if len(self._received) < _HEAD or len(self._received) < size:
                return
            schedule = self._asked.popleft()
            if schedule in self._unwanted:
                self._unwanted.discard(schedule)
            else:
                self._done[schedule] = bytes(self._received[_HEAD:size])
            del self._received[:size]


def _serve(play: Play, asks: int, answers: int) -> None:
    """Play what is asked for until the parent has left, in the child, which never returns into the parent's frames."""
    try:
        while True:
            head = _exactly(asks, _HEAD)
            _write(answers, play(_exactly(asks, int.from_bytes(head, "big")).decode()))
    finally:
        os._exit(0)


def _exactly(descriptor: int, size: int) -> bytes:
    found: List[bytes] = []
    while size:
        piece = os.read(descriptor, size)
        if not piece:
            raise EOFError
        found.append(piece)
        size -= len(piece)
    return b"".join(found)


def _write(descriptor: int, message: bytes) -> None:
    view = memoryview(len(message).to_bytes(_HEAD, "big") + message)
    while view:
        view = view[os.write(descriptor, view) :]
