"""The watchdog: a look now and then for threads that are blocked or run too long.

A thread that is blocked by the machine, for instance on a lock from before the round, goes on outside of the turns
until its next wait, and virtual time stands still meanwhile.
"""

from __future__ import annotations

from typing import Callable, List, Optional

from octamem_testing.virtual_time.blocked import Company

from .thread_state import ThreadState
from .turns import Turns, cpu_time, real_time

__all__ = ["LOOK_SECONDS", "STUCK_SECONDS", "Watchdog"]

LOOK_SECONDS = 0.01
"""Real seconds between two looks."""
STUCK_SECONDS = 0.5
"""Real seconds that a round waits for something from outside before it counts as stuck."""
_STARVING_SECONDS = 2.0
"""CPU seconds that a thread may run while others could: it may be waiting for them in a loop without a wait.

CPU time rather than real time, so that a busy machine does not take a program's turn from it.
"""
_COMPUTING_SECONDS = 5.0
"""CPU seconds that a thread may compute while others wait for a time to come: it may be waiting for them too.

For a thread that is outside of the turns already, it is real seconds without another wait.
"""


class Watchdog:
    """Looks at the threads of a round; `main` is woken, and `is_stuck` set, if nothing can ever happen again."""

    def __init__(
        self,
        turns: Turns,
        main: ThreadState,
        patience: float,
        company: Optional[Company],
        forget: Callable[[ThreadState], None],
    ) -> None:
        self.is_stuck = False
        self._patience = patience
        self._company = company
        self._forget = forget
        self._turns = turns
        self._main = main
        self._last_look = 0.0
        self._idle_since = 0.0

    def note_wait(self) -> None:
        """Note that a thread begins to wait, so the round is not stuck yet."""
        self._idle_since = real_time()

    def look(self) -> None:
        """Look, unless the last look was a moment ago; each thread that waits calls this, holding the lock."""
        now = real_time()
        if now - self._last_look < LOOK_SECONDS or self._turns.closed:
            return
        self._last_look = now
        running = self._turns.running
        if running is None:
            self._look_outside(now)
        elif not running.in_real_time:
            self._look_at(running)

    def _look_at(self, running: ThreadState) -> None:
        """Put the running thread outside of the turns if it is blocked, starves others or computes for long."""
        turns = self._turns
        seconds = cpu_time() - turns.running_since
        starving = seconds > _STARVING_SECONDS and turns.queue.could_run()
        if running.detector.is_blocked(running.thread) or starving:
            turns.put_outside(running, starved=seconds if starving else 0.0)
            turns.pass_on()
        elif seconds > _COMPUTING_SECONDS and turns.queue.moves_time():
            turns.put_outside(running, starved=seconds)
            turns.move_time()

    def _look_outside(self, now: float) -> None:
        """Move virtual time on if the threads outside of the turns would wait for that."""
        turns = self._turns
        turns.settling = max(0, turns.settling - 1)
        if self._company is not None:
            self._let_go()
            if self._company.is_awake() and not self._idles(now, _COMPUTING_SECONDS):
                turns.settling = max(turns.settling, 1)
        turns.pass_on()
        blocked = [
            state for state in turns.outside if not state.in_real_time and state.detector.is_blocked(state.thread)
        ]
        all_blocked = len(blocked) == len(turns.outside)
        if turns.running is None and blocked and all_blocked and not turns.queue.is_frozen(now):
            for state in blocked:
                state.detector.look_again()
            turns.move_time()
        if turns.running is None and turns.outside and self._idles(now, _COMPUTING_SECONDS) and self._moves_time():
            self._idle_since = now
            turns.move_time()
        if turns.running is None and not self._moves_time() and self._idles(now, self._patience):
            self._give_up(blocked)

    def _let_go(self) -> None:
        """Let threads from before go that have ended, or are back where they wait for the next work."""
        for state in list(self._turns.outside):
            if state.adopted and (not state.thread.is_alive() or state.detector.is_blocked(state.thread)):
                self._forget(state)

    def _idles(self, now: float, seconds: float) -> bool:
        return now - self._idle_since > seconds

    def _moves_time(self) -> bool:
        return self._turns.queue.moves_time()

    def _give_up(self, blocked: List[ThreadState]) -> None:
        """Wake the first thread, to be told that the round is stuck, unless a thread outside still works."""
        if self._main in self._turns.queue.threads and len(blocked) == len(self._turns.outside):
            self.is_stuck = True
            self._turns.wake(self._main, woken=False)
