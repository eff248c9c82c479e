"""The end of a cluster: the proxy first, so that no new request comes, then the replicas; a second signal hurries."""

from __future__ import annotations

import signal
import time
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, Callable, Sequence

from fake_server.cli.programs.program import Program

__all__ = ["END_SECONDS", "Ending"]

END_SECONDS = 10.0
"""Seconds that requests in flight have to complete."""
_AT_ONCE = 1.0
"""Seconds in which a program that is ended at once ends by itself."""
_SILENT = 1.0
"""Seconds of an end that nobody needs to be told of."""
_POLL_SECONDS = 0.02


class Ending:
    """The end of the programs of a cluster; an event that is None is a signal that came meanwhile."""

    def __init__(self, events: SimpleQueue[Any], tell: Callable[[str], None]) -> None:
        self._events = events
        self._tell = tell
        self._begun = time.monotonic()
        self._is_said = False
        self._is_at_once = False

    def end(self, programs: Sequence[Program], how: signal.Signals) -> None:
        """End programs by a signal after which they let requests in flight complete, and wait until they have ended."""
        for each in programs:
            each.end(how)
        self._wait(programs)
        for each in programs:
            each.join(_AT_ONCE)

    def _wait(self, programs: Sequence[Program]) -> None:
        until = time.monotonic() + END_SECONDS
        while not self._is_at_once and time.monotonic() < until and any(each.code is None for each in programs):
            if not self._is_said and time.monotonic() > self._begun + _SILENT:
                self._is_said = True
                self._tell(f"ending: requests in flight have {END_SECONDS:g} s; a second Ctrl-C ends at once")
            with suppress(Empty):
                self._is_at_once = self._events.get(timeout=_POLL_SECONDS) is None
