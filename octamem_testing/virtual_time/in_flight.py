"""The calls in flight, and the threads and tasks that a test has registered."""

from __future__ import annotations

import threading
from contextvars import ContextVar
from typing import List, Optional, Protocol, Set

__all__ = ["CallInFlight", "CallsInFlight"]


class Owner(Protocol):
    """The clock that the calls belong to: it learns when each begins and ends, and moves time under its own lock."""

    def enter(self, call: CallInFlight) -> None:
        """Count a call that begins."""

    def leave(self, call: CallInFlight) -> None:
        """Count a call that has ended no longer."""


class CallInFlight:
    """One call in flight, or one registration, as a context manager.

    It is busy while it neither waits nor has a call inside it. So a registered thread stops time only between its
    calls.
    """

    __slots__ = ("_before", "_owner", "ended", "inner", "parent", "registered", "thread", "waiting")

    def __init__(self, owner: Owner, parent: Optional[CallInFlight], *, registered: bool) -> None:
        self._owner = owner
        self._before: Optional[CallInFlight] = None
        self.parent = parent
        self.registered = registered
        self.ended = True  # until it is entered
        self.thread = threading.get_ident()
        self.waiting = 0  # the number of its waits: more than one if it has started tasks
        self.inner = 0  # the number of calls in flight inside this registration

    def __enter__(self) -> None:
        self._before = _around.get()
        _around.set(self)
        self._owner.enter(self)

    def __exit__(self, *_: object) -> None:
        # Not by token: a garbage-collected coroutine is closed in a context that the token does not know.
        _around.set(self._before)
        self._owner.leave(self)

    @property
    def busy(self) -> bool:
        """Whether time must wait for it."""
        return not (self.ended or self.waiting or self.inner)

    def is_of(self, owner: Owner) -> bool:
        """Whether it is in flight on this clock."""
        return self._owner is owner and not self.ended

    def with_ancestors(self) -> List[CallInFlight]:
        """Return the call and the registrations around it."""
        found: List[CallInFlight] = []
        call: Optional[CallInFlight] = self
        while call is not None:
            found.append(call)
            call = call.parent
        return found


_around: ContextVar[Optional[CallInFlight]] = ContextVar("octamem_testing_call", default=None)


class CallsInFlight:
    """The calls in flight on one clock, and how many of them are busy; the caller holds a lock around each method."""

    def __init__(self) -> None:
        self.busy = 0
        self._calls: Set[CallInFlight] = set()

    def __len__(self) -> int:
        """Return how many calls are in flight, without registrations."""
        return sum(not call.registered for call in self._calls)

    @staticmethod
    def around(owner: Owner) -> Optional[CallInFlight]:
        """Return the call or registration of this owner that this thread or task is inside, None if there is none."""
        call = _around.get()
        return call if call is not None and call.is_of(owner) else None

    def begin(self, call: CallInFlight) -> None:
        """Count a call, and its registration no longer."""
        call.ended = False
        self._calls.add(call)
        self.busy += 1
        if call.parent is not None:
            self._hold(call.parent, 1)

    def end(self, call: CallInFlight) -> None:
        """Count a call no longer; a second time does nothing."""
        if call.ended:
            return
        self.busy -= call.busy
        call.ended = True
        self._calls.discard(call)
        if call.parent is not None:
            self._hold(call.parent, -1)

    def wait(self, call: CallInFlight, waits: int) -> None:
        """Count a wait that a call begins (1) or ends (-1)."""
        before = call.busy
        call.waiting += waits
        self.busy += call.busy - before

    def share_thread(self, call: CallInFlight) -> bool:
        """Whether the thread of this call has other calls in flight, as a thread with an event loop may."""
        here, own = threading.get_ident(), call.with_ancestors()
        return any(other.thread == here and other not in own for other in self._calls)

    def _hold(self, registration: CallInFlight, calls: int) -> None:
        before = registration.busy
        registration.inner += calls
        self.busy += registration.busy - before
