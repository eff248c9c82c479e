"""Sightings: what the kit's transports see of a request beside its journal entry, such as the machine's time."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock, get_ident
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, NamedTuple, Optional, Tuple

from fake_server.core.clock import TICKS

from .rules import Waited
from .sender import Trail, is_one_call, trail_of, trail_over_http
from .sleeping import Waits, waits_between

if TYPE_CHECKING:
    from fake_server.core import Fake
    from fake_server.core.journal.entry import Entry

_usage: Any = None
with suppress(ImportError):  # there is none on Windows
    import resource as _usage

__all__ = ["Moment", "Repeat", "Sighting", "Sightings", "sightings_of"]

_KEPT = 10_000  # sightings, as many as the journal keeps attempts of a key
_ATTRIBUTE = "_octamem_sightings"


class _Machine:
    """The machine's clocks, in a class because tools that freeze time replace the functions that a module holds."""

    now = staticmethod(time.perf_counter)
    cpu = staticmethod(time.thread_time)
    opened = staticmethod(os.open)
    read = staticmethod(os.read)
    closed = staticmethod(os.close)

    @classmethod
    def queued(cls) -> float:
        """Return the seconds in which this thread was ready, and a loaded machine had no processor for it."""
        try:
            file = cls.opened("/proc/thread-self/schedstat", os.O_RDONLY)
        except OSError:  # Linux alone has it
            return 0.0
        try:
            return int(cls.read(file, 100).split()[1]) / 1e9
        finally:
            cls.closed(file)


class Moment(NamedTuple):
    """One moment: by the fake's clock in ticks, by the machine's in seconds, and what this thread had done until then.

    `busy` is the time that the thread computed or was ready to, and `blocked` how often it let others run to wait for
    something, -1 if the machine does not count that. Both are 0 unless the moment is exact.
    """

    ticks: int
    at: float
    busy: float
    blocked: int
    thread: int

    @classmethod
    def now(cls, ticks: int, *, exact: bool) -> Moment:
        """Return the present moment."""
        busy = _Machine.cpu() + _Machine.queued() if exact else 0.0  # which costs as much as a part of a call
        return cls(ticks, _Machine.now(), busy, _times_blocked() if exact else 0, get_ident())

    def pause_after(self, before: Moment) -> float:
        """Return how many seconds passed since another moment, without those in which the sender computed.

        It is the longer of the fake's time and the machine's. A thread that never let others run has not paused.
        """
        real = self.at - before.at
        if self.thread == before.thread:
            real = 0.0 if self.blocked == before.blocked >= 0 else real - (self.busy - before.busy)
        return max((self.ticks - before.ticks) / TICKS, real)


@dataclass
class Sighting:
    """One request: when it came and ended, and, if it failed in this process, where in the program it was sent.

    `host` is where it was sent to, `token` its Idempotency-Key, `announced` its X-OctaMem-Attempt, 0 if it has none.
    """

    entry: Entry
    host: Optional[str]
    token: Optional[str]
    announced: int
    in_process: bool
    came: Moment
    ended: Optional[Moment] = None
    trail: Trail = field(default=(), repr=False)


@dataclass(frozen=True)
class Repeat:
    """Two requests that are the same, one after the other, of which the first failed.

    `overlaps` says that the second was sent before the first had ended. `one_call` says that the two are known to be
    attempts of one call; `by_sdk` that our SDK sent the first, and `in_sdk` that one call of our SDK made both.
    `same_token` says that both carry one Idempotency-Key, `elsewhere` that they went to two hosts. `waits` says whose
    the waits between them are. `waited` is from the arrival of the first to that of the second; `paused` from the
    moment at which the first had failed, in seconds on the later clock, None over HTTP.
    """

    before: Entry
    after: Entry
    overlaps: bool
    one_call: bool
    by_sdk: bool
    in_sdk: bool
    same_token: bool
    elsewhere: bool
    waits: Waits
    waited: Waited
    paused: Optional[float]


class Sightings:
    """The sightings of one fake, and the repeats among them."""

    def __init__(self) -> None:
        self.repeats: List[Repeat] = []
        self._lock = Lock()
        self._seen: Dict[int, Sighting] = {}
        self._latest: Dict[Tuple[object, ...], Sighting] = {}

    def came(self, entry: Entry, headers: Mapping[str, str], *, in_process: bool) -> Sighting:
        """Record a request that the fake has accepted."""
        token, announced = headers.get("idempotency-key"), _number(headers.get("x-octamem-attempt"))
        same = (entry.key, entry.endpoint, entry.path, entry.body)
        with self._lock:
            before = self._latest.pop(same, None)
            if before is not None and (before.entry.seq > entry.seq or before.entry.delivered):
                before = None  # of before a reset, or a success, after which the same request is another call
            came = Moment.now(entry.ticks, exact=before is not None)
            sighting = Sighting(entry, headers.get("host"), token, announced, in_process, came)
            self._latest[same] = self._seen[id(entry)] = sighting
            if len(self._seen) > _KEPT:
                del self._seen[next(iter(self._seen))]
            if len(self._latest) > _KEPT:
                del self._latest[next(iter(self._latest))]
        if before is not None:
            self.repeats.append(_repeat(before, sighting))
        return sighting

    def ended(self, fake: Fake, sighting: Sighting) -> None:
        """Record that the sender of a request has its answer, or knows that there is none."""
        if sighting.entry.delivered:
            sighting.ended = sighting.came  # nobody asks how long a success took
        else:
            sighting.ended = Moment.now(fake.now(), exact=True)
            sighting.trail = trail_of(sys._getframe(1)) if sighting.in_process else trail_over_http()  # noqa: SLF001

    def of(self, entry: Entry) -> Optional[Sighting]:
        """Return the sighting of a request, None if the kit did not see it."""
        seen = self._seen.get(id(entry))
        return seen if seen is not None and seen.entry is entry else None

    def forget_senders(self) -> None:
        """Let go of the program's frames, which hold what its functions held."""
        with self._lock:
            for sighting in self._latest.values():
                sighting.trail = ()


def sightings_of(fake: Fake) -> Sightings:
    """Return the sightings of a fake."""
    kept: Dict[str, Any] = vars(fake)
    if _ATTRIBUTE not in kept:
        kept.setdefault(_ATTRIBUTE, Sightings())
    found: Sightings = kept[_ATTRIBUTE]
    return found


def _repeat(before: Sighting, after: Sighting) -> Repeat:
    trail: Trail = ()
    if before.trail:
        trail = trail_of(sys._getframe(2)) if after.in_process else trail_over_http()  # noqa: SLF001
    same_token = before.token is not None and before.token == after.token
    waited = Waited((after.came.ticks - before.came.ticks) / TICKS, after.came.at - before.came.at)
    result = Repeat(
        before.entry,
        after.entry,
        overlaps=before.ended is None,
        one_call=is_one_call(before.trail, trail, same_token=same_token, key=after.entry.key),
        by_sdk=before.announced > 0,
        in_sdk=same_token and after.announced > 1,
        same_token=same_token,
        elsewhere=before.host != after.host,
        waits=waits_between(before.trail, trail),
        waited=waited,
        paused=after.came.pause_after(before.ended) if before.ended is not None and after.in_process else None,
    )
    before.trail = ()
    return result


def _times_blocked() -> int:
    thread: Optional[int] = getattr(_usage, "RUSAGE_THREAD", None)  # Linux alone counts by thread
    return -1 if thread is None else int(_usage.getrusage(thread).ru_nvcsw)


def _number(announced: Optional[str]) -> int:
    return int(announced[:9]) if announced is not None and announced.isascii() and announced.isdigit() else 0
