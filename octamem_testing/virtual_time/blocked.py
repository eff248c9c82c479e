"""Whether a thread is blocked by the machine, as far as that can be seen from outside of the thread."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Optional, Tuple

from octamem_testing.static import name_of

if TYPE_CHECKING:
    import threading

__all__ = ["BlockDetector"]

_LOOKS = 4
"""Looks in a row that must find a thread asleep at the same instruction before it counts as blocked."""
_OUTSIDE_SECONDS = 5.0
"""Real seconds that a thread may wait for the network or a process before it counts as blocked."""
_OUTSIDE = ("socket", "ssl", "subprocess", "selectors", "asyncio.unix_events", "http.client", "socketserver")
"""Modules whose functions wait for something outside of the process."""

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


def _is_asleep(native_id: Optional[int]) -> bool:
    """Return whether the system has a thread asleep; True if the system does not tell."""
    try:
        with open(f"/proc/self/task/{native_id}/stat", encoding="utf-8", errors="replace") as stat:  # noqa: PTH123 - often
            return stat.read().rpartition(")")[2].split()[0] != "R"
    except (OSError, IndexError):
        return True
