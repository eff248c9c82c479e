"""Whether a thread is blocked by the machine or at work, as far as that can be seen from outside of the thread."""

from __future__ import annotations

import sys
import threading
import time
from typing import Callable, Dict, List, Optional, Tuple
from weakref import WeakKeyDictionary

from octamem_testing.static import name_of

from .places import works_for_program

__all__ = ["BlockDetector", "Company"]

_LOOKS = 4
"""Looks in a row that must find a thread asleep at the same instruction before it counts as blocked."""
_OUTSIDE_SECONDS = 5.0
"""Real seconds that a thread may wait for the network or a process before it counts as blocked."""
_OUTSIDE = ("socket", "ssl", "subprocess", "selectors", "asyncio.unix_events", "http.client", "socketserver")
"""Modules whose functions wait for something outside of the process."""

_PAUSE = 0.0005
"""Real seconds after which a thread that was woken is at another instruction."""
_MOMENT = 0.05
"""Real seconds that a thread at work is waited for before another takes its turn."""

_real_sleep = time.sleep
_real_time = time.monotonic


class BlockDetector:
    """What was seen of one thread, in looks that are some real milliseconds apart."""

    __slots__ = ("_instruction", "_looks", "_since")

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin again, since the thread has moved."""
        self._instruction: Optional[Tuple[int, int]] = None
        self._looks = 0
        self._since = 0.0

    def look_again(self) -> None:
        """Require one more look before the thread counts as blocked, since something has happened."""
        self._looks = min(self._looks, _LOOKS - 2)

    def is_blocked(self, thread: threading.Thread) -> bool:
        """Look, and return whether the thread has been asleep at the same instruction for long enough."""
        frame = sys._current_frames().get(thread.ident or 0)  # noqa: SLF001 - there is no other way to look at a thread
        if frame is None:
            self.reset()
            return False
        instruction, outside = (id(frame), frame.f_lasti), name_of(frame.f_globals) in _OUTSIDE
        if instruction != self._instruction or not _is_asleep(thread.native_id):
            self.reset()
            self._instruction, self._since = instruction, _real_time()
        self._looks += 1
        return self._looks >= _LOOKS and (not outside or _real_time() - self._since > _OUTSIDE_SECONDS)


class Company:
    """The threads that a program keeps from before, such as those of a pool, and that may be at work for it.

    They are those of the process that a scheduler does not know: `knows` is asked for their idents.
    """

    def __init__(self, knows: Callable[[int], bool]) -> None:
        self._knows = knows
        self._at: Dict[int, Tuple[int, int]] = {}  # the last instruction of each
        self._works: WeakKeyDictionary[threading.Thread, bool] = WeakKeyDictionary()

    def settle(self) -> bool:
        """Wait until none of the threads is at work, for a moment at most, and return whether that is so."""
        if threading.active_count() == 1 or not self._threads():
            return True
        end = _real_time() + _MOMENT
        _real_sleep(_PAUSE)
        while self.is_awake():
            if _real_time() > end:
                return False
            _real_sleep(_PAUSE)
        return True

    def is_awake(self) -> bool:
        """Look, and return whether one of the threads has moved since the last look, or runs."""
        before, frames = self._at, sys._current_frames()  # noqa: SLF001 - there is no other way to look at a thread
        self._at = {}
        awake = False
        for thread in self._threads():
            frame = frames.get(thread.ident or 0)
            if frame is None:
                continue
            at = self._at[thread.ident or 0] = id(frame), frame.f_lasti
            awake = awake or before.get(thread.ident or 0) != at or not _is_asleep(thread.native_id)
        return awake

    def _threads(self) -> List[threading.Thread]:
        return [thread for thread in threading.enumerate() if self._may_work(thread)]

    def _may_work(self, thread: threading.Thread) -> bool:
        known = self._works.get(thread)
        if known is None:
            known = self._works[thread] = works_for_program(thread)
        return known and not self._knows(thread.ident or 0)


def _is_asleep(native_id: Optional[int]) -> bool:
    """Return whether the system has a thread asleep; True if the system does not tell."""
    try:
        with open(f"/proc/self/task/{native_id}/stat", encoding="utf-8", errors="replace") as stat:  # noqa: PTH123 - often
            return stat.read().rpartition(")")[2].split()[0] != "R"
    except (OSError, IndexError):
        return True
