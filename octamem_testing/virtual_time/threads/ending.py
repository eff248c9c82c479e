"""The end of a round for the threads that wait: a wait ends with the round, or goes on in real time."""

from __future__ import annotations

import threading
from typing import Iterable

from fake_server.core.clock import TICKS
from octamem_testing.virtual_time.bounds import RoundStopped, WaitReleased
from octamem_testing.virtual_time.places import is_of_pool

from .thread_state import ThreadState

__all__ = ["ENDED", "end_waits"]

ENDED = "the round has ended"
_JOIN_SECONDS = 1.0
"""Real seconds that a thread is given to end with the round; one that ignores the end takes all of them."""
_SHORT_JOIN_SECONDS = 0.1
"""The same if the program may keep threads, such as those of a pool, which do not end."""

_real_join = threading.Thread.join


def end_waits(waiting: Iterable[ThreadState], now: int, *, kept_threads: bool) -> None:
    """End the round for threads that wait, at a moment in ticks, and wait for a moment for those that end with it."""
    for state in waiting:
        goes_on = _goes_on(state, kept_threads=kept_threads)
        left = None if state.due is None else max(0, state.due - now) / TICKS
        state.error = WaitReleased(left) if goes_on else RoundStopped(ENDED)
        state.waker.release()
        if not (state.foreign or goes_on):
            _real_join(state.thread, _SHORT_JOIN_SECONDS if kept_threads else _JOIN_SECONDS)


def _goes_on(state: ThreadState, *, kept_threads: bool) -> bool:
    """Whether the wait of a thread may outlive the round: a job of a pool may not, since it ends alone."""
    if state.daemon_wait or not kept_threads:
        return state.daemon_wait
    return state.foreign or state.thread.daemon or (state.adopted and not is_of_pool(state.thread))
