"""A forked child: it does one piece of work, and ends without any clean-up."""

from __future__ import annotations

import gc
import os
import signal
import sys
import warnings
from contextlib import suppress
from functools import partial
from typing import Callable, NoReturn, Optional

from .messages import Inbox, send

__all__ = ["Child", "ChildEnded", "ChildHung", "flush", "fork_refused", "in_child", "started"]

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
    """Do work in a child, and return what it sent.

    The child is killed at the end, and after so many real seconds. Raises ChildEnded or ChildHung if it sent nothing.
    """
    reading, writing = os.pipe()
    child: Optional[Child] = None
    try:
        child = started(partial(work, partial(_send_and_end, writing)))
        os.close(writing)
        writing = -1
        try:
            message = Inbox(reading).receive(seconds)
        except EOFError:
            raise ChildEnded(child.wait()) from None
        if message is None:
            raise ChildHung
        return message
    finally:
        for descriptor in (reading, writing):
            if descriptor >= 0:
                os.close(descriptor)
        if child is not None:
            child.kill()


def started(work: Callable[[], object], *, leads_group: bool = False) -> Child:
    """Do work in a child that is forked from this thread, and return it.

    The child has this thread alone, and runs no `finally`, `atexit` or destructor of the parent's. What is buffered is
    written before, so that it is not written twice. A child that leads a group is killed with its own children.
    """
    if _fork is None:
        raise OSError(fork_refused())
    flush()
    with warnings.catch_warnings():
        # Since 3.12 a fork beside other threads warns. A child that waits for a lock of theirs is killed in the end.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = _fork()
    if not pid:
        _run(work, leads_group=leads_group)
    if leads_group:
        with suppress(OSError):  # it has done so itself
            os.setpgid(pid, pid)
    return Child(pid, leads_group=leads_group)


class Child:
    """A child by its pid, which is waited for once."""

    def __init__(self, pid: int, *, leads_group: bool) -> None:
        self._pid = pid
        self._kill = os.killpg if leads_group else os.kill
        self._gone = False

    def kill(self) -> None:
        """Kill it, and wait until it is gone."""
        if not self._gone:
            with suppress(OSError):  # somebody else has waited for it
                self._kill(self._pid, signal.SIGKILL)
            self.wait()

    def wait(self) -> str:
        """Wait until it is gone, and return how it ended."""
        self._gone = True
        try:
            _, status = os.waitpid(self._pid, 0)
        except OSError:  # somebody else has waited for it
            return "an unknown exit status"
        return f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"exit status {os.WEXITSTATUS(status)}"


def _run(work: Callable[[], object], *, leads_group: bool) -> NoReturn:
    """Do the work in the child, which never returns into the frames of its parent."""
    try:
        if leads_group:
            with suppress(OSError):  # its parent has done so
                os.setpgid(0, 0)
        gc.freeze()  # so that nothing of the parent's is finalized here
        with suppress(ValueError):
            signal.set_wakeup_fd(-1)
        work()
    finally:
        os._exit(1)


def _send_and_end(writing: int, message: bytes) -> NoReturn:
    send(writing, message)
    os._exit(0)


def flush() -> None:
    """Write what the streams of the process have buffered."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):  # closed, or of the program's own kind
            stream.flush()
