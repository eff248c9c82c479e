"""A forked child: it does one piece of work, hands back bytes, and ends without any clean-up."""

from __future__ import annotations

import gc
import os
import select
import signal
import sys
import time
import warnings
from contextlib import suppress
from typing import Callable, NoReturn, Optional

__all__ = ["ChildEnded", "ChildHung", "flush", "fork_refused", "forked", "in_child"]

_HEAD = 8  # bytes that say how many follow
_MOST_READ = 1 << 20
_real_monotonic = time.monotonic
_fork: Optional[Callable[[], int]] = getattr(os, "fork", None)

Send = Callable[[bytes], NoReturn]
"""Hands bytes back to the parent, and ends the child."""


class ChildEnded(Exception):
    """The child ended before it handed anything back; the message says how."""


class ChildHung(Exception):
    """The child did not hand anything back in time, and was killed."""


def fork_refused() -> Optional[str]:
    """Return why a process cannot be forked here; None if it can."""
    if _fork is None:
        return f"it needs os.fork, which Python does not have on {sys.platform}"
    return None


def in_child(work: Callable[[Send], None], *, seconds: float) -> bytes:
    """Do work in a child that is forked from this thread, and return what it sent.

    The child has this thread alone, and runs no `finally`, `atexit` or destructor of the parent's. It is killed at the
    end, and after so many real seconds. Raises ChildEnded or ChildHung if it sent nothing.
    """
    reading, writing = os.pipe()
    child: Optional[_Child] = None
    try:
        pid = forked()
        if not pid:
            _run(work, writing)
        child = _Child(pid)
        os.close(writing)
        writing = -1
        return _received(child, reading, _real_monotonic() + seconds)
    finally:
        for descriptor in (reading, writing):
            if descriptor >= 0:
                os.close(descriptor)
        if child is not None:
            child.kill()


class _Child:
    """A child by its pid, which is waited for once."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._gone = False

    def kill(self) -> None:
        """Kill it, and wait until it is gone."""
        if not self._gone:
            with suppress(OSError):  # somebody else has waited for it
                os.kill(self._pid, signal.SIGKILL)
            self.wait()

    def wait(self) -> str:
        """Wait until it is gone, and return how it ended."""
        self._gone = True
        try:
            _, status = os.waitpid(self._pid, 0)
        except OSError:  # somebody else has waited for it
            return "an unknown exit status"
        return f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"exit status {os.WEXITSTATUS(status)}"


def forked() -> int:
    """Fork, and return the child's pid, 0 in the child; what is buffered is written before, so that it is not twice."""
    if _fork is None:
        raise OSError(fork_refused())
    flush()
    with warnings.catch_warnings():
        # Since 3.12 a fork beside other threads warns. A child that waits for a lock of theirs is killed in the end.
        warnings.simplefilter("ignore", DeprecationWarning)
        return _fork()


def _run(work: Callable[[Send], None], writing: int) -> NoReturn:
    """Do the work in the child, which never returns into the frames of its parent."""
    try:
        gc.freeze()  # so that nothing of the parent's is finalized here
        with suppress(ValueError):
            signal.set_wakeup_fd(-1)

        def send(message: bytes) -> NoReturn:
            view = memoryview(len(message).to_bytes(_HEAD, "big") + message)
            while view:
                view = view[os.write(writing, view) :]
            os._exit(0)

        work(send)
    finally:
        os._exit(1)


def _received(child: _Child, reading: int, until: float) -> bytes:
    poll = select.poll()
    poll.register(reading, select.POLLIN)
    message = bytearray()
    while len(message) < _HEAD or len(message) < _HEAD + int.from_bytes(message[:_HEAD], "big"):
        left = until - _real_monotonic()
        if left <= 0:
            raise ChildHung
        if not poll.poll(1000 * left):
            continue
        piece = os.read(reading, _MOST_READ)
        if not piece:
            raise ChildEnded(child.wait())
        message += piece
    return bytes(message[_HEAD:])


def flush() -> None:
    """Write what the streams of the process have buffered."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):  # closed, or of the program's own kind
            stream.flush()
