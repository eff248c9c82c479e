"""One thread of a round runs at a time, and time moves on only where all of them wait: what happens repeats itself.

Threads hand the baton on where they wait (in `park`), so that the order in which they run is the order of their waits.
A thread that is blocked on something of the machine's, such as a lock from before the round, is found out by looking
at it now and then; it runs on beside the others until its next wait, and time stands still meanwhile.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from threading import get_ident
from typing import TYPE_CHECKING, Callable, Dict, Generator, List, Optional

from fake_server.core.clock import TICKS, ticks_of

from .seat import Seat

if TYPE_CHECKING:
    from fake_server.core import Fake

__all__ = ["Baton", "RoundStopped"]

_LOOK = 0.01
"""Real seconds between two looks at what nobody tells of: blocked threads, and events from outside of the round."""
_OUTSIDE = 0.5
"""Real seconds that a round waits for something from outside before it is called stuck."""
_HOGGED = 2.0
"""Real seconds that a thread may run on while others could: it may be waiting for them in a loop without a wait."""
_SPINS = 1000
"""Waits of no length in a row after which the next wait that has one ends: somebody may be waiting for that."""
_LEFT = 0.2
"""Real seconds that a thread is given to end with the round."""
_LAST = 1 << 62

_real_time = time.monotonic
_real_join = threading.Thread.join


class RoundStopped(BaseException):
    """The round is over, whatever the scenario makes of it: it went on beyond every bound, or had ended before."""


class Baton:
    """The threads of one round, taking turns; the thread that makes it is the first.

    `guard` is asked before each wait, with its seconds, and raises where the round is to end instead; `again` says that
    it was asked of that wait before, `turn` that a loop takes its turn and waits for nothing. `stuck` is called where
    nothing is left that could ever happen, and raises.
    """

    def __init__(self, fake: Fake, guard: Callable[..., None], stuck: Callable[[], None]) -> None:
        self._fake = fake
        self._guard = guard
        self._stuck = stuck
        self._lock = threading.Lock()
        self._main = Seat(threading.current_thread())
        self._seats: Dict[int, Seat] = {get_ident(): self._main}
        self._by_thread: Dict[int, Seat] = {id(self._main.thread): self._main}
        self._holder: Optional[Seat] = self._main
        self._parked: List[Seat] = []
        self._away: List[Seat] = []  # they run, or are blocked, beside the one that has the baton
        self._ended: List[threading.Thread] = []
        self._held_since = self._looked = self._quiet_since = 0.0
        self._spins = 0
        self._unsettled = 0
        self._lingering = False
        self.closed = False
        self._is_stuck = False
        self.failure: Optional[BaseException] = None

    def here(self) -> bool:
        """Say whether this thread is one of the round, and the round under way."""
        seat = self._seats.get(get_ident())
        return seat is not None and not seat.real and not self.closed

    @property
    def alone(self) -> bool:
        """Whether the round has one thread."""
        return len(self._by_thread) == 1

    def adopt(self, thread: threading.Thread) -> None:
        """Count a thread that is about to start: it runs as soon as it has its turn."""
        run, hook = thread.run, threading.excepthook
        seat = Seat(thread)
        seat.ready = _at_once
        with self._lock:
            self._by_thread[id(thread)] = seat
            self._parked.append(seat)

        def inside() -> None:
            with self._lock:
                self._seats[get_ident()] = seat
            try:
                self._sit(seat)
                run()
            except RoundStopped:
                pass
            except Exception as error:
                # Under faults threads fail; but where the scenario looks at such errors itself, it gets them.
                self.failure = error
                if threading.excepthook is not hook:
                    raise
            finally:
                self._end(seat)

        thread.run = inside  # type: ignore[method-assign]  # of this one thread

    @contextmanager
    def in_real_time(self) -> Generator[None, None, None]:
        """Let this thread, one of the round, wait for the machine, however long it takes, and keep its turn."""
        seat = self._seats[get_ident()]
        seat.real = True
        try:
            yield
        finally:
            seat.real = False

    def disown(self, thread: threading.Thread) -> None:
        """Count a thread no longer that could not be started."""
        with self._lock:
            seat = self._by_thread.pop(id(thread), None)
            if seat is not None and seat in self._parked:
                self._parked.remove(seat)

    def join(self, thread: threading.Thread, timeout: Optional[float]) -> bool:
        """Wait for the end of a thread of the round; False for one that is none, of which nothing is known."""
        seat = self._by_thread.get(id(thread))
        if seat is None or seat is self._seats.get(get_ident()) or not self.here():
            return False
        if self.park(lambda: seat.over, timeout):
            _real_join(thread)
        return True

    def breathe(self) -> None:
        """Let the others run that can, where there are others."""
        if not self.here():
            return
        if len(self._by_thread) > 1:
            self.park(_at_once, None, spins=True)
        else:
            self._guard(0.0, turn=True)

    def sleep(self, seconds: float) -> None:
        """Wait for seconds of the round's time; ValueError for what is no length of time."""
        self.park(None, seconds, spins=ticks_of(seconds) == 0)

    def park(
        self,
        ready: Optional[Callable[[], bool]],
        seconds: Optional[float],
        *,
        hold: float = 0.0,
        outside: bool = True,
        spins: bool = False,
        stays: bool = False,
    ) -> bool:
        """Wait until `ready` gives True, at most for seconds of the round's time; say whether it did.

        `ready` is asked in any thread of the round, one at a time. `hold` is how many real seconds the wait may take
        before time moves on for it; `outside` says whether somebody who is not of the round may end it. One that
        `stays` is not expected to end with the round. A thread that is none of the round is a guest, and waits among
        the others.
        """
        ticks = 0 if seconds is None else ticks_of(seconds)
        if ticks < 0:
            raise ValueError(f"a wait is 0 seconds or more, not {seconds!r}")
        self._guard(0.0 if seconds is None or not self.alone else seconds)
        seat = self._seats.get(get_ident())
        if seat is None:
            seat = Seat(threading.current_thread(), guest=True)
        if self.closed:
            raise RoundStopped("the round is over")
        with self._lock:
            if not hold and not self._parked and not self._away and seat is self._holder:
                if ready is not None and ready():
                    return True
                if seconds is not None and self.alone and not self._unsettled:
                    self._move_to(self._fake.now() + ticks)
                    return False
                if seconds is None and ready is not None and self.alone and not (outside and _has_company()):
                    self._stuck()
            seat.ready, seat.due = ready, None if seconds is None else self._fake.now() + ticks
            seat.hold = _real_time() + hold if hold else 0.0
            seat.spins, seat.stays = spins, stays
            self._parked.append(seat)
            if seat in self._away:
                self._away.remove(seat)
            if self._holder is seat:
                self._holder = None
            self._quiet_since = _real_time()
            self._hand_on()
        return self._sit(seat)

    def finish(self, linger: float) -> None:
        """Let the others go on that would keep a process alive, as the scenario's own function has ended.

        They have `linger` seconds of the round's time. Daemons do not move it.
        """
        if self._by_thread.keys() == {id(self._main.thread)}:
            return
        self._lingering = True
        try:
            if self._holder is self._main:
                self.park(self._is_idle, linger)
        except RoundStopped:
            pass

    def close(self) -> List[threading.Thread]:
        """End the round for every thread that waits; gives those that are left."""
        with self._lock:
            self.closed = True
            waiting, self._parked = self._parked, []
        for seat in waiting:
            if seat is not self._main:
                seat.error = RoundStopped("the round is over")
                seat.bell.release()
                if not (seat.guest or seat.stays):
                    _real_join(seat.thread, _LEFT)
        return [seat.thread for seat in self._by_thread.values() if seat is not self._main and not seat.over]

    def _sit(self, seat: Seat) -> bool:
        """Wait for the turn of a seat; raises what it was woken with."""
        while not seat.bell.acquire(timeout=_LOOK):
            with self._lock:
                self._look()
        if seat.error is not None:
            error, seat.error = seat.error, None
            raise error
        while self._ended:  # so that is_alive() says the same each time
            _real_join(self._ended.pop(), 1.0)
        if seat is self._main and self._is_stuck:
            self._is_stuck = False
            self._stuck()
        return seat.woken

    def _end(self, seat: Seat) -> None:
        with self._lock:
            seat.over = True
            self._seats.pop(get_ident(), None)
            self._by_thread.pop(id(seat.thread), None)
            if not self.closed:
                self._ended.append(seat.thread)
            if seat in self._away:
                self._away.remove(seat)
            if self._holder is seat:
                self._holder = None
            self._hand_on()

    def _hand_on(self) -> None:
        """Wake the next that can run; move time on where none can."""
        if self._holder is not None or self.closed:
            return
        idle = self._spins > _SPINS
        for seat in sorted(self._parked, key=self._comes_last) if self._lingering else self._parked:
            if seat.ready is not None and not (idle and seat.spins) and seat.ready():
                self._spins = self._spins + 1 if seat.spins else 0
                self._wake(seat, woken=True)
                return
        if not self._away and not self._unsettled and not self._is_held():
            self._move()

    def _move(self) -> None:
        idle = self._spins > _SPINS
        due = [seat for seat in self._parked if seat.due is not None and self._counts(seat)]
        chosen = min((seat for seat in due if not (idle and seat.spins)), key=_due, default=None)
        if chosen is None:
            chosen = min(due, key=_due, default=None)
        if chosen is None and idle:
            self._spins = 0
            self._hand_on()
        elif chosen is not None and chosen.due is not None:
            self._spins = self._spins + 1 if chosen.spins else 0
            try:
                self._guard(max(0, chosen.due - self._fake.now()) / TICKS, again=True)
            except RoundStopped as error:
                chosen.error = error
            else:
                self._move_to(chosen.due)
            self._wake(chosen, woken=False)

    def _comes_last(self, seat: Seat) -> bool:
        return seat is self._main

    def _counts(self, seat: Seat) -> bool:
        return not (self._lingering and seat.thread.daemon and seat is not self._main)

    def _is_held(self) -> bool:
        now = _real_time()
        return any(seat.hold > now for seat in self._parked)

    def _is_idle(self) -> bool:
        """Say whether the threads that are left behind would never end by themselves."""
        return not any(
            not seat.thread.daemon and (seat.due is not None or seat.hold)
            for seat in self._parked
            if seat is not self._main
        )

    def _wake(self, seat: Seat, *, woken: bool) -> None:
        self._parked.remove(seat)
        seat.ready, seat.due, seat.woken = None, None, woken
        if seat.guest:
            self._unsettled = 2
        else:
            self._holder = seat
            self._held_since = _real_time()
            seat.watched.forget()
        seat.bell.release()

    def _move_to(self, ticks: int) -> None:
        ahead = ticks - self._fake.now()
        if ahead > 0:
            self._fake.advance(ahead / TICKS)

    def _look(self) -> None:
        """See what nobody tells of; called now and then by whoever waits."""
        now = _real_time()
        if now - self._looked < _LOOK or self.closed:
            return
        self._looked = now
        holder = self._holder
        if holder is not None:
            if holder.real:
                return
            if holder.watched.is_blocked(holder.thread) or (self._parked_could_run() and self._hogs(now)):
                self._away.append(holder)
                self._holder = None
                self._hand_on()
            return
        self._unsettled = max(0, self._unsettled - 1)
        self._hand_on()
        blocked = [seat for seat in self._away if not seat.real and seat.watched.is_blocked(seat.thread)]
        if self._holder is None and blocked and len(blocked) == len(self._away) and not self._is_held():
            for seat in blocked:
                seat.watched.look_again()
            self._move()
        if self._holder is None and not any(seat.due is not None and self._counts(seat) for seat in self._parked):
            self._give_up(now, blocked)

    def _parked_could_run(self) -> bool:
        return any(seat.ready is not None and seat.ready is _at_once for seat in self._parked)

    def _hogs(self, now: float) -> bool:
        return now - self._held_since > _HOGGED

    def _give_up(self, now: float, blocked: List[Seat]) -> None:
        """Wake the first thread, to be told that it is stuck, where nothing came for long."""
        if now - self._quiet_since < _OUTSIDE or self._main not in self._parked:
            return
        if len(blocked) == len(self._away):
            self._is_stuck = True
            self._wake(self._main, woken=False)


def _at_once() -> bool:
    return True


def _has_company() -> bool:
    return threading.active_count() > 1


def _due(seat: Seat) -> int:
    return _LAST if seat.due is None else seat.due
