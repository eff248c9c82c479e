"""Whether a thread is blocked on something of the machine's: what can be told of it from outside."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Optional, Tuple

from octamem_testing.static import name_of

if TYPE_CHECKING:
    import threading

__all__ = ["Watched"]

_SAME = 4
"""Looks in a row at which a thread has to be found at the same place, and asleep, to count as blocked."""
_ABROAD = 5.0
"""Real seconds that a thread may wait for the network or a process before it counts as blocked."""
_OUTSIDE = ("socket", "ssl", "subprocess", "selectors", "asyncio.unix_events", "http.client", "socketserver")
"""Modules whose functions wait for the world outside of the process."""

_real_time = time.monotonic


class Watched:
    """What was seen of one thread; look at it again and again, some real milliseconds apart."""

    __slots__ = ("_looks", "_place", "_since")

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew: the thread has moved."""
        self._place: Optional[Tuple[int, int]] = None
        self._looks = 0
        self._since = 0.0

    def look_again(self) -> None:
        """Have it be seen once more before it counts as blocked: something has happened."""
        self._looks = min(self._looks, _SAME - 2)

    def is_blocked(self, thread: threading.Thread) -> bool:
        """Look, and say whether the thread has been found asleep at the same place for long enough."""
        frame = sys._current_frames().get(thread.ident or 0)  # noqa: SLF001 - there is no other way to look at a thread
        if frame is None:
            self.forget()
            return False
        place, outside = (id(frame), frame.f_lasti), name_of(frame.f_globals) in _OUTSIDE
        if place != self._place or not _is_asleep(thread.native_id):
            self.forget()
            self._place, self._since = place, _real_time()
        self._looks += 1
        return self._looks >= _SAME and (not outside or _real_time() - self._since > _ABROAD)


def _is_asleep(native_id: Optional[int]) -> bool:
    """Say whether the system has a thread asleep; taken for granted where it does not tell."""
    try:
        with open(f"/proc/self/task/{native_id}/stat", encoding="utf-8", errors="replace") as stat:  # noqa: PTH123 - often
            return stat.read().rpartition(")")[2].split()[0] != "R"
    except (OSError, IndexError):
        return True
