"""Membership: which threads belong to a round, from their start, or their first work for the program, to their end."""

from __future__ import annotations

import threading
from threading import get_ident
from typing import TYPE_CHECKING, Callable, Dict, List
from weakref import WeakSet

from .blocked import Company
from .places import works_for_program
from .threads.lineage import Lineage
from .threads.run_queue import at_once
from .threads.thread_state import ThreadState
from .threads.turns import Turns

if TYPE_CHECKING:
    from fake_server.core import Fake

__all__ = ["Membership"]


class Membership:
    """The threads of one round; the thread that makes it is the first.

    With `kept_threads`, threads from before may work for the program.
    """

    def __init__(self, fake: Fake, guard: Callable[..., None], *, kept_threads: bool) -> None:
        self.lineage = Lineage()
        self._main = ThreadState(threading.current_thread())
        self._by_ident: Dict[int, ThreadState] = {get_ident(): self._main}
        self._by_thread: Dict[int, ThreadState] = {id(self._main.thread): self._main}
        self._company = Company(self._by_ident.__contains__) if kept_threads else None
        self._turns = Turns(fake, guard, self._main)
        self._lock = self._turns.lock
        self._ended: List[threading.Thread] = []
        self._over: WeakSet[threading.Thread] = WeakSet()

    @property
    def closed(self) -> bool:
        """Whether the round has ended for its threads."""
        return self._turns.closed

    @property
    def starved(self) -> float:
        """For how many CPU seconds threads ran on before others were given a turn beside them."""
        return self._turns.starved

    @property
    def single_threaded(self) -> bool:
        """Whether the round has one thread."""
        return len(self._by_thread) == 1

    def is_stranger(self) -> bool:
        """Whether this thread was not started in the round."""
        return get_ident() not in self._by_ident

    def could_run(self) -> bool:
        """Whether another thread waits for nothing except its turn."""
        return len(self._by_thread) > 1 and self._turns.queue.could_run()

    def runs_here(self) -> bool:
        """Whether this thread belongs to the round, and the round has not ended."""
        state = self._by_ident.get(get_ident())
        return state is not None and not state.in_real_time and not self._turns.closed

    def takes_part(self) -> bool:
        """Return whether this thread belongs to the round, as one from before does once it works for the program."""
        if self._company is None or get_ident() in self._by_ident:
            return self.runs_here()
        thread = threading._active.get(get_ident())  # type: ignore[attr-defined]  # noqa: SLF001 - current_thread() makes one
        if thread is None or self.closed or id(thread) in self._by_thread or thread in self._over:
            return False  # it begins, or it ends
        if not works_for_program(thread):
            return False
        with self._lock:
            state = self._by_ident[get_ident()] = self._by_thread[id(thread)] = ThreadState(thread, adopted=True)
            self._turns.outside.append(state)
        return True

    def _forget(self, state: ThreadState) -> None:
        """Let a thread from before go its own way again; called with the lock held."""
        self._by_ident.pop(state.thread.ident or 0, None)
        self._by_thread.pop(id(state.thread), None)
        self._turns.outside.remove(state)

    def register(self, thread: threading.Thread) -> ThreadState:
        """Add a thread that is about to start: its turn comes as soon as another thread waits."""
        self.lineage.note_start(thread)
        state = ThreadState(thread)
        state.is_ready = at_once
        with self._lock:
            self._by_thread[id(thread)] = state
            self._turns.queue.threads.append(state)
        return state

    def unregister(self, thread: threading.Thread) -> None:
        """Remove a thread that could not be started."""
        with self._lock:
            state = self._by_thread.pop(id(thread), None)
            if state is not None and state in self._turns.queue.threads:
                self._turns.queue.threads.remove(state)

    def end(self, state: ThreadState) -> None:
        """Remove a thread that has run to its end, and give up its turn; called in that thread."""
        with self._lock:
            state.ended = True
            self._over.add(state.thread)
            self._by_ident.pop(get_ident(), None)
            self._by_thread.pop(id(state.thread), None)
            if not self.closed:
                self._ended.append(state.thread)
            self._turns.take_out(state)
            self._turns.pass_on()

    def threads(self) -> List[threading.Thread]:
        """List the threads of the round that have not ended, the first one first."""
        return [state.thread for state in list(self._by_thread.values())]

    def computing(self) -> List[int]:
        """List the idents of the threads of the program that run, rather than wait."""
        turns = self._turns
        with self._lock:
            threads = [each for each in (turns.running, *turns.outside) if each and not each.in_real_time]
            return [each.thread.ident for each in threads if each.thread.ident is not None]
