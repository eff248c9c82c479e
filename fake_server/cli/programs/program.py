"""One program of several under a supervisor: started in a group of its own, watched by a thread, ended in order."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import contextmanager, suppress
from threading import Thread
from types import FrameType
from typing import Callable, Generator, Mapping, Optional, Sequence

from .guard import Guard

__all__ = ["Program", "end_signals"]


class Program:
    """A child process; `ended` is called with it, in a thread, when it ends without having been asked to.

    Whoever sees it answer sets `is_ready`.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        ended: Callable[[Program], None],
        environment: Optional[Mapping[str, str]] = None,
        *,
        guard: Optional[Guard] = None,
    ) -> None:
        """Take a program that is not started; `environment` are variables beside those of this process.

        `guard` is told of the process, to end it if this process is killed.
        """
        self.name = name
        self.is_ready = False
        self.is_ending = False
        self._environment = {**os.environ, **(environment or {})}
        self._command = list(command)
        self._ended = ended
        self._guard = guard
        self._process: Optional[subprocess.Popen[bytes]] = None

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
        # In a session of its own: Ctrl-C goes to the supervisor alone, which ends the others in order.
        self._process = subprocess.Popen(  # noqa: S603 - a program of the system, or this interpreter
            self._command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        if self._guard is not None:
            self._guard.watch(self._process.pid)
        Thread(target=self._watch, args=(self._process,), name=f"watch-{self.name}", daemon=True).start()

    def end(self, how: signal.Signals) -> None:
        """Ask it to end."""
        self.is_ending = True
        if self._process is not None and self._process.poll() is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(how)

    def join(self, seconds: float) -> None:
        """Wait until it has ended; after so many seconds it is killed."""
        if self._process is None:
            return
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        process.wait()
        if self._guard is not None:
            self._guard.forget(process.pid)
        if not self.is_ending:
            self._ended(self)


@contextmanager
def end_signals(ends: Callable[[], None]) -> Generator[None, None, None]:
    """Call `ends` at SIGINT and SIGTERM, in place of what they do."""

    def handle(_number: int, _frame: Optional[FrameType]) -> None:
        ends()

    before = {each: signal.signal(each, handle) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
