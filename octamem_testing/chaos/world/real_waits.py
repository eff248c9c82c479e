"""Real waits: what a program waits for in a round that virtual time cannot move, by name and place."""

from __future__ import annotations

import os
import select
import selectors
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from threading import current_thread
from types import FrameType
from typing import Any, Callable, Dict, Generator, List, Tuple

from octamem_testing.virtual_time.places import past_wiring, place_in_program, program_threads
from octamem_testing.virtual_time.primitives import in_real_time

__all__ = ["RealWaits"]

_PLACES: Tuple[Tuple[Any, str, Tuple[str, ...]], ...] = (
    (subprocess.Popen, "subprocess.Popen", ("wait", "communicate", "poll")),
    (select, "select", ("select", "poll")),
    *(
        (kind, "selectors", ("select",))
        for kind in dict.fromkeys((selectors.SelectSelector, selectors.DefaultSelector))
    ),
    (socket.socket, "socket", ("accept", "connect", "recv", "recv_into", "sendall")),
    (signal, "signal", ("alarm", "setitimer")),
    (os, "os", ("fork", "waitpid")),
    (BaseProcess, "multiprocessing.Process", ("start", "join")),
)
"""What waits for the machine: a module or class, its name in messages, and the names of its functions."""
_LOOK_AT_CLOCK = frozenset(
    {
        *("subprocess.Popen.wait", "subprocess.Popen.communicate"),
        "multiprocessing.Process.join",
    }
)
"""Those that look at the clock, or sleep, until a time-out: that is the machine's time too."""


class RealWaits:
    """What the rounds of one program have waited for outside of virtual time, in the order in which it was seen."""

    def __init__(self) -> None:
        self._seen: Dict[str, str] = {}
        self._real: Dict[str, Callable[..., Any]] = {}  # by what it is called in messages
        self._points: List[Tuple[Any, str, str, Callable[..., Any]]] = []
        for owner, shown, names in _PLACES:
            for name in names:
                if hasattr(owner, name):
                    self._points.append((owner, name, f"{shown}.{name}", self._noting(f"{shown}.{name}")))

    @property
    def seen(self) -> Tuple[str, ...]:
        """What was seen, in words, each with the line of the program, and the program's threads of before."""
        waits = [f"{what} ({place})" if place else what for what, place in self._seen.items()]
        return (*waits, *(f"the thread {thread}, which was started before" for thread in program_threads()))

    def place_of(self, *waits: str) -> str:
        """Return the line of the program that waited for the first of these that was seen, "" if none was."""
        return next((self._seen[what] for what in waits if what in self._seen), "")

    def note_thread(self) -> None:
        """Note that this thread takes part, which was not started in the round."""
        self._seen.setdefault(f"the thread {current_thread().name!r:.80}, which was not started in the round", "")

    @contextmanager
    def watched(self) -> Generator[None, None, None]:
        """Note in the block what waits for the machine."""
        before = [(owner, name, vars(owner).get(name)) for owner, name, _, _ in self._points]
        for owner, name, what, noting in self._points:
            self._real[what] = getattr(owner, name)
            setattr(owner, name, noting)
        try:
            yield
        finally:
            for owner, name, own in before:
                if own is None:  # it is inherited
                    delattr(owner, name)
                else:
                    setattr(owner, name, own)

    def _noting(self, what: str) -> Callable[..., Any]:
        def noting(*args: Any, **kwargs: Any) -> Any:
            self._note(what, sys._getframe(1))  # noqa: SLF001 - nobody says who waits
            return self._real[what](*args, **kwargs)

        def noting_in_real_time(*args: Any, **kwargs: Any) -> Any:
            self._note(what, sys._getframe(1))  # noqa: SLF001 - as above
            with in_real_time():
                return self._real[what](*args, **kwargs)

        return noting_in_real_time if what in _LOOK_AT_CLOCK else noting

    def _note(self, what: str, frame: FrameType) -> None:
        if what not in self._seen:
            place = place_in_program(past_wiring(frame))
            if place:
                self._seen[what] = place
