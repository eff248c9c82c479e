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

from fake_server.core.clock import TICKS

from .bounds import RoundStopped
from .busy_wait import MANY, BusyWait
from .clock import ticks_to_wait
from .deadline import lasting
from .run_queue import RunQueue, at_once
from .thread_state import ThreadState

if TYPE_CHECKING:
    from fake_server.core import Fake

__all__ = ["Scheduler"]

_LOOK = 0.01
"""Real seconds between two looks at what nobody tells of: blocked threads, and events from outside of the round."""
_STUCK = 0.5
"""Real seconds that a round waits for something from outside before it is called stuck."""
_HOGGED = 2.0
"""Real seconds that a thread may run on while others could: it may be waiting for them in a loop without a wait."""
_COMPUTED = 5.0
"""Real seconds that a thread may compute while the others wait for a time to come: it may be waiting for them too."""
_LEFT = 1.0
"""Real seconds that a thread is given to end with the round: only one that will not takes them."""

_real_time = time.monotonic
_real_join = threading.Thread.join


class Scheduler:
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
        self._main = ThreadState(threading.current_thread())
        self._seats: Dict[int, ThreadState] = {get_ident(): self._main}
        self._by_thread: Dict[int, ThreadState] = {id(self._main.thread): self._main}
        self._holder: Optional[ThreadState] = self._main
        self._waiting = RunQueue(self._main)
        self._away: List[ThreadState] = []  # they run, or are blocked, beside the one that has the baton
        self._ended: List[threading.Thread] = []
        self._busy_wait = BusyWait()
        self._polls = 0  # in a row, that failed
        self._held_since = _real_time()  # the first has held the baton from here on, and not since the machine began
        self._looked = self._quiet_since = 0.0
        self._unsettled = 0
        self.closed = False
        self.lapsed = False  # whether a wait of the program has timed out since it last looked at the clock
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

    def adopt(self, thread: threading.Thread) -> ThreadState:
        """Count a thread that is about to start: its turn comes as soon as another hands the baton on."""
        seat = ThreadState(thread)
        seat.ready = at_once
        with self._lock:
            self._by_thread[id(thread)] = seat
            self._waiting.seats.append(seat)
        return seat

    def begin(self, seat: ThreadState) -> None:
        """Take a seat, in the thread that it is for, and wait for its first turn."""
        with self._lock:
            self._seats[get_ident()] = seat
        self._sit(seat)

    def end(self, seat: ThreadState) -> None:
        """Count a thread no longer that has run to its end, and hand the baton on."""
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
            if seat is not None and seat in self._waiting.seats:
                self._waiting.seats.remove(seat)

    def join(self, thread: threading.Thread, timeout: Optional[float]) -> bool:
        """Wait for the end of a thread of the round; False for one that is none, of which nothing is known."""
        seat = self._by_thread.get(id(thread))
        if seat is None or seat is self._seats.get(get_ident()) or not self.here():
            return False
        if self.wait(lambda: seat.over, timeout):
            _real_join(thread)
        return True

    def breathe(self, *, timed: bool = False) -> None:
        """Let the others run that can, if there are others; `timed` says that this thread waits for a time as well."""
        if not self.here():
            return
        if timed:
            self.step()
        if len(self._by_thread) > 1:
            self.park(at_once, None, spins=True)
        else:
            self._guard(0.0, turn=True)

    def look(self) -> None:
        """Have the program look at the clock: past the deadline of what timed out, and not for ever the same."""
        if self.lapsed:
            self.lapsed = False
            self._move_to(self._fake.now() + 1)
        self.step()

    def step(self) -> None:
        """Count a step that takes no time, such as a look at the clock; after many in a row it is a wait."""
        ticks = self._busy_wait.step(self._fake.now())
        if ticks:
            self.park(None, ticks, counts=False)

    def poll(self) -> None:
        """Note that something was not there which the program did not wait for; after many in a row others go on."""
        self._polls += 1
        if self._polls > MANY:
            self.breathe()

    def act(self) -> None:
        """Note that the program did something else than to wait."""
        self._busy_wait.forget()
        self._polls = 0

    def sleep(self, ticks: int) -> None:
        """Wait for ticks of the round's time, and end at that very tick."""
        self.park(None, ticks, spins=not ticks)

    def wait(self, ready: Optional[Callable[[], bool]], seconds: Optional[float], *, stays: bool = False) -> bool:
        """Wait as the program does, at most for seconds, and say whether `ready` gave True.

        Once it has timed out the program finds the clock past the deadline. ValueError for what is no length of time.
        """
        ticks = None if seconds is None else lasting(seconds)
        woken = self.park(ready, ticks, spins=ready is None and not ticks, stays=stays)
        if ticks and not woken:
            self.lapsed = True
        return woken

    def park(
        self,
        ready: Optional[Callable[[], bool]],
        ticks: Optional[int],
        *,
        counts: bool = True,
        hold: float = 0.0,
        outside: bool = True,
        spins: bool = False,
        stays: bool = False,
    ) -> bool:
        """Wait until `ready` gives True, at most for ticks of the round's time; say whether it did.

        `ready` is asked in any thread of the round, one at a time. `counts` says whether it is one of the waits of
        which a round has so many at most. `hold` is how many real seconds the wait may take
        before time moves on for it; `outside` says whether somebody who is not of the round may end it. One that
        `stays` is not expected to end with the round. A thread that is none of the round is a guest, and waits among
        the others.
        """
        self._guard(0.0 if ticks is None or not self.alone else ticks / TICKS, again=not counts)
        if not spins:
            self._polls = 0
        seat = self._seats.get(get_ident())
        if seat is None:
            seat = ThreadState(threading.current_thread(), guest=True)
        if self.closed:
            raise RoundStopped("the round is over")
        with self._lock:
            if not hold and not self._waiting.seats and not self._away and seat is self._holder:
                over = self._over_at_once(ready, ticks, outside=outside)
                if over is not None:
                    return over
            seat.ready, seat.due = ready, None if ticks is None else self._fake.now() + ticks
            seat.hold = _real_time() + hold if hold else 0.0
            seat.spins, seat.stays = spins, stays
            self._waiting.seats.append(seat)
            if seat in self._away:
                self._away.remove(seat)
            if self._holder is seat:
                self._holder = None
            self._quiet_since = _real_time()
            self._hand_on()
        return self._sit(seat)

    def _over_at_once(
        self, ready: Optional[Callable[[], bool]], ticks: Optional[int], *, outside: bool
    ) -> Optional[bool]:
        """Say what comes of a wait before which nobody else has his turn, None where that is not yet known."""
        if ready is not None and ready():
            return True
        if ticks is not None and self.alone and not self._unsettled:
            self._move_to(self._fake.now() + ticks)
            return False
        if ticks is None and ready is not None and self.alone and not (outside and _has_company()):
            self._stuck()
        return None

    def finish(self, linger: float) -> None:
        """Let the others go on that would keep a process alive, as the scenario's own function has ended.

        They have `linger` seconds of the round's time. Daemons do not move it.
        """
        if self._by_thread.keys() == {id(self._main.thread)}:
            return
        self._waiting.lingering = True
        try:
            if self._holder is self._main:
                self.park(self._waiting.is_left, ticks_to_wait(linger))
        except RoundStopped:
            pass

    def close(self) -> List[threading.Thread]:
        """End the round for every thread that waits; gives those that are left."""
        with self._lock:
            self.closed = True
            waiting, self._waiting.seats = self._waiting.seats, []
        for seat in waiting:
            if seat is not self._main:
                seat.error = RoundStopped("the round is over")
                seat.bell.release()
                if not (seat.guest or seat.stays):
                    _real_join(seat.thread, _LEFT)
        return [seat.thread for seat in self._by_thread.values() if seat is not self._main and not seat.over]

    def _sit(self, seat: ThreadState) -> bool:
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

    def _hand_on(self) -> None:
        """Wake the next that can run; move time on where none can."""
        if self._holder is not None or self.closed:
            return
        ready = self._waiting.ready()
        if ready is not None:
            self._wake(ready, woken=True)
        elif not self._away and not self._unsettled and not self._waiting.is_held(_real_time()):
            self._move()

    def _move(self) -> None:
        """Move time on to the end of the next wait, and wake whoever waits until then."""
        due = self._waiting.due()
        if due is None:
            if self._waiting.rested():
                self._hand_on()
            return
        moment, seat = due
        try:
            self._guard(max(0, moment - self._fake.now()) / TICKS, again=True)
        except RoundStopped as error:
            seat.error = error
        else:
            self._move_to(moment)
        self._wake(seat, woken=False)

    def _wake(self, seat: ThreadState, *, woken: bool) -> None:
        self._waiting.seats.remove(seat)
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
            hogs = now - self._held_since > _HOGGED and self._waiting.could_run()
            if holder.watched.is_blocked(holder.thread) or hogs:
                self._away.append(holder)
                self._holder = None
                self._hand_on()
            elif now - self._held_since > _COMPUTED and self._waiting.moves_time():
                self._away.append(holder)
                self._holder = None
                self._move()
            return
        self._unsettled = max(0, self._unsettled - 1)
        self._hand_on()
        blocked = [seat for seat in self._away if not seat.real and seat.watched.is_blocked(seat.thread)]
        if self._holder is None and blocked and len(blocked) == len(self._away) and not self._waiting.is_held(now):
            for seat in blocked:
                seat.watched.look_again()
            self._move()
        if self._holder is None and self._away and now - self._quiet_since > _COMPUTED and self._waiting.moves_time():
            self._quiet_since = now
            self._move()
        if self._holder is None and not self._waiting.moves_time():
            self._give_up(now, blocked)

    def _give_up(self, now: float, blocked: List[ThreadState]) -> None:
        """Wake the first thread, to be told that it is stuck, where nothing came for long."""
        if now - self._quiet_since < _STUCK or self._main not in self._waiting.seats:
            return
        if len(blocked) == len(self._away):
            self._is_stuck = True
            self._wake(self._main, woken=False)


def _has_company() -> bool:
    return threading.active_count() > 1
