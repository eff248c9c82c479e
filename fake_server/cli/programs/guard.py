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
from typing import Iterable, Mapping, Sequence, Set

__all__ = ["Guard", "started"]

_END_SECONDS = 10.0
_POLL_SECONDS = 0.05
# Its standard input is the guard's pipe until it has written. If the guard is gone, the program starts all the same.
_ANNOUNCED = 'trap "" PIPE; echo $$ 2>/dev/null >&0; trap - PIPE; exec "$@" </dev/null'


class Guard:
    """A process that ends those it was told of when this process ends, however it does."""

    def __init__(self) -> None:
        """Start it. It ends at the end of a pipe, which also comes when this process is killed."""
        # In a session of its own: Ctrl-C must not end it before the supervisor.
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter
            [sys.executable, "-I", __file__], stdin=subprocess.PIPE, start_new_session=True
        )

    def start(self, command: Sequence[str], environment: Mapping[str, str], stdout: int) -> subprocess.Popen[bytes]:
        """Start a program as `started` does, and let the guard know it."""
        if os.name != "posix":
            process = started(command, environment, stdout)
            self._tell(process.pid)
            return process
        assert self._process.stdin is not None
        # The new process itself tells of its number, and holds the pipe until it has: if this process is killed in that
        # instant, the guard waits for it.
        announced = ("/bin/sh", "-c", _ANNOUNCED, "sh", *command)
        return started(announced, environment, stdout, stdin=self._process.stdin.fileno())

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


def started(
    command: Sequence[str], environment: Mapping[str, str], stdout: int, *, stdin: int = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own: Ctrl-C goes to the supervisor alone, which ends the others in order."""
    return subprocess.Popen(  # noqa: S603 - a program of the system, or this interpreter
        list(command), env=dict(environment), stdin=stdin, stdout=stdout, start_new_session=True
    )


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
    for each in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        signal.signal(each, signal.SIG_IGN)  # who ends a whole group of processes ends the supervisor too
    left = _send(_left(sys.stdin), signal.SIGTERM)
    until = time.monotonic() + _END_SECONDS
    while left and time.monotonic() < until:
        time.sleep(_POLL_SECONDS)
        left = {pid for pid in left if _is_there(pid)}
    for pid in left:
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)  # with what it has started: each has a session of its own


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    _main()
