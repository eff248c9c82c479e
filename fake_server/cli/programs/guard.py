"""The guard of a supervisor: a process that ends the programs of one that was killed.

It is run as a file, and imports nothing that takes time.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import Iterable, Set

__all__ = ["Guard"]

_END_SECONDS = 10.0
_POLL_SECONDS = 0.05


class Guard:
    """A process that ends those it was told of when this process ends, however it does."""

    def __init__(self) -> None:
        """Start it. It ends at the end of a pipe, which also comes when this process is killed."""
        # In a session of its own: Ctrl-C must not end it before the supervisor.
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter
            [sys.executable, "-I", __file__], stdin=subprocess.PIPE, start_new_session=True
        )

    def watch(self, pid: int) -> None:
        """Tell it of a process that was started."""
        self._tell(pid)

    def forget(self, pid: int) -> None:
        """Tell it of a process that has ended, whose number may soon be that of another."""
        self._tell(-pid)

    def end(self) -> None:
        """End it, and wait until it has ended those that are left."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        self._process.wait()

    def _tell(self, number: int) -> None:
        assert self._process.stdin is not None
        # In one piece, since several threads tell. If somebody has killed the guard, the programs go on without it.
        with suppress(OSError, ValueError):
            os.write(self._process.stdin.fileno(), f"{number}\n".encode())


def _left(lines: Iterable[str]) -> Set[int]:
    """Return the processes that were started and have not ended, once there are no more lines."""
    pids: Set[int] = set()
    for number in map(int, lines):
        if number > 0:
            pids.add(number)
        else:
            pids.discard(-number)
    return pids


def _send(pids: Iterable[int], how: signal.Signals) -> Set[int]:
    """Send a signal, and return those that were there."""
    found: Set[int] = set()
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, how)
            found.add(pid)
    return found


def _main() -> None:
    left = _send(_left(sys.stdin), signal.SIGTERM)
    until = time.monotonic() + _END_SECONDS
    while left and time.monotonic() < until:
        time.sleep(_POLL_SECONDS)
        left = {pid for pid in left if _is_there(pid)}
    _send(left, signal.SIGKILL)


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    _main()
