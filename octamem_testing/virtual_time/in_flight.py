"""Who is doing something: the calls in flight, and the threads and tasks that a test has registered."""

from __future__ import annotations

import threading
from contextvars import ContextVar
from typing import List, Optional, Protocol, Set

__all__ = ["Call", "Flights"]


class Owner(Protocol):
    """Whose calls they are: told as each begins and ends, so that it can move time under its own lock."""

    def enter(self, call: Call) -> None:
        """Take a call that begins."""

    def leave(self, call: Call) -> None:
        """Let a call go that has ended."""


class Call:
    """One call in flight, or one registration: a context manager around it.

    It is busy while it neither waits nor holds a call of its own: a registered thread is its call for as long as
    that lasts, so that it holds time still only in between.
    """

    __slots__ = ("_before", "_owner", "holds", "over", "parent", "registered", "thread", "waiting")

    def __init__(self, owner: Owner, parent: Optional[Call], *, registered: bool) -> None:
        self._owner = owner
        self._before: Optional[Call] = None
        self.parent = parent
        self.registered = registered
        self.over = True  # until it is entered
        self.thread = threading.get_ident()
        self.waiting = 0  # how many waits it is in: more than one where it has begun tasks of its own
        self.holds = 0  # how many calls are in flight inside this registration

    def __enter__(self) -> None:
        self._before = _around.get()
        _around.set(self)
        self._owner.enter(self)

    def __exit__(self, *_: object) -> None:
        # Not by token: a collected coroutine is closed in a context that the token does not know.
        _around.set(self._before)
        self._owner.leave(self)

    @property
    def busy(self) -> bool:
        """Whether it does something that time has to wait for."""
        return not (self.over or self.waiting or self.holds)

    def is_of(self, owner: Owner) -> bool:
        """Say whether it is in flight on this clock."""
        return self._owner is owner and not self.over

    def lineage(self) -> List[Call]:
        """List the call and the registrations that it is inside of."""
        found: List[Call] = []
        call: Optional[Call] = self
        while call is not None:
            found.append(call)
            call = call.parent
        return found


_around: ContextVar[Optional[Call]] = ContextVar("octamem_testing_call", default=None)


class Flights:
    """The calls in flight on one clock, and how many of them are busy; its user holds a lock around each method."""

    def __init__(self) -> None:
        self.busy = 0
        self._calls: Set[Call] = set()

    def __len__(self) -> int:
        """How many calls are in flight, registrations aside."""
        return sum(not call.registered for call in self._calls)

    @staticmethod
    def around(owner: Owner) -> Optional[Call]:
        """Give the call, or the registration, of this owner that this thread or task is inside of."""
        call = _around.get()
        return call if call is not None and call.is_of(owner) else None

    def begin(self, call: Call) -> None:
        """Count a call, and no longer the registration that it is made in."""
        call.over = False
        self._calls.add(call)
        self.busy += 1
        if call.parent is not None:
            self._hold(call.parent, 1)

    def end(self, call: Call) -> None:
        """Count a call no longer; again is a no-op."""
        if call.over:
            return
        self.busy -= call.busy
        call.over = True
        self._calls.discard(call)
        if call.parent is not None:
            self._hold(call.parent, -1)

    def wait(self, call: Call, waits: int) -> None:
        """Count a wait of a call that begins (1) or ends (-1)."""
        before = call.busy
        call.waiting += waits
        self.busy += call.busy - before

    def share_thread(self, call: Call) -> bool:
        """Say whether the thread of this call has others in flight, as one that runs an event loop may."""
        here, own = threading.get_ident(), call.lineage()
        return any(other.thread == here and other not in own for other in self._calls)

    def _hold(self, registration: Call, calls: int) -> None:
        before = registration.busy
        registration.holds += calls
        self.busy += registration.busy - before
