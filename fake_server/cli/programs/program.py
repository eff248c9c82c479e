"""One program of several under a supervisor: started in a group of its own, watched by a thread, ended in order."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import contextmanager, suppress
from threading import Thread
from types import FrameType
from typing import Callable, Generator, Mapping, Optional, Sequence

from .guard import Guard, started

__all__ = ["Program", "end_signals"]

Lines = Callable[["Program", str], None]
_READ_SECONDS = 5.0  # for what a program wrote last; others that it has started may keep its output open


class Program:
    """A child process; `ended` is called with it, in a thread, when it ends without having been asked to.

    With `lines`, a thread calls it with the program and each line of its output, which is else thrown away. `is_ready`
    says whether it answers since its last start, `was_ready` whether it ever did.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        ended: Callable[[Program], None],
        environment: Optional[Mapping[str, str]] = None,
        *,
        guard: Optional[Guard] = None,
        lines: Optional[Lines] = None,
    ) -> None:
        """Take a program that is not started; `environment` are variables beside those of this process.

        `guard` knows the process, to end it if this process is killed.
        """
        self.name = name
        self.is_ready = False
        self.was_ready = False
        self.is_ending = False
        self._environment = {**os.environ, **(environment or {})}
        self._command = list(command)
        self._ended = ended
        self._guard = guard
        self._lines = lines
        self._reader: Optional[Thread] = None
        self._process: Optional[subprocess.Popen[bytes]] = None

    @property
    def pid(self) -> Optional[int]:
        """The process, another one after each start; None before the first."""
        return None if self._process is None else self._process.pid

    @property
    def code(self) -> Optional[int]:
        """The exit status, below 0 for a signal; None while it runs."""
        return None if self._process is None else self._process.poll()

    @property
    def status(self) -> str:
        """How it ended, in words."""
        code = self.code
        return f"signal {-code}" if code is not None and code < 0 else f"exit status {code}"

    def start(self) -> None:
        """Start it, also after it has ended."""
        self.is_ready = False
        stdout = subprocess.DEVNULL if self._lines is None else subprocess.PIPE
        start = started if self._guard is None else self._guard.start
        process = self._process = start(self._command, self._environment, stdout)
        if self._lines is not None:
            reader = Thread(target=self._read, args=(process, self._lines), name=f"read-{self.name}", daemon=True)
            self._reader = reader
            reader.start()
        Thread(target=self._watch, args=(process,), name=f"watch-{self.name}", daemon=True).start()

    def be_ready(self) -> None:
        """Note that it answers."""
        self.is_ready = self.was_ready = True

    def end(self, how: signal.Signals) -> None:
        """Ask it to end."""
        self.is_ending = True
        if self._process is not None and self._process.poll() is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(how)

    def kill(self) -> None:
        """Kill it and all that it has started in its session, also what it left as it ended."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                if hasattr(os, "killpg"):
                    os.killpg(self._process.pid, signal.SIGKILL)
                else:
                    self._process.kill()

    def join(self, seconds: float) -> None:
        """Wait until it has ended; after so many seconds it is killed, with all that it has started in its session."""
        if self._process is None:
            return
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()
        if self._reader is not None:
            self._reader.join(_READ_SECONDS)

    def _read(self, process: subprocess.Popen[bytes], read: Lines) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                if process is self._process:
                    read(self, line.decode("utf-8", "replace").rstrip("\r\n"))

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        process.wait()
        if self._guard is not None:
            self._guard.forget(process.pid)
        if not self.is_ending:
            self._ended(self)


@contextmanager
def end_signals(ends: Callable[[], None]) -> Generator[None, None, None]:
    """Call `ends` at SIGINT, SIGTERM and SIGHUP, in place of what they do; nohup's SIGHUP stays ignored."""

    def handle(_number: int, _frame: Optional[FrameType]) -> None:
        ends()

    ending = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        ending.append(signal.SIGHUP)
    before = {each: signal.signal(each, handle) for each in ending}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
