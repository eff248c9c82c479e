"""The fake's time: whole microseconds since a fixed start, moved by hand or following a real clock."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Callable, Optional

from .wording import expected, shown

__all__ = ["EARLIEST", "LATEST", "LONGEST", "START", "TICKS", "Clock", "iso", "read_moment", "ticks_of"]

# A fixed date, so that a run on any day gives the same records; ticks count from it because sums of floats at
# today's date lose the order of waits that end together.
START = datetime(2026, 1, 1, tzinfo=timezone.utc)
_START_EPOCH = START.timestamp()

TICKS = 1_000_000
"""Ticks in a second (our own choice: finer than any wait the service names)."""


LONGEST = 1_000 * 365 * 86_400
"""The most seconds that the clock may be ahead of its start: dates end with the year 9999, and tests long before."""


EARLIEST = (datetime.min.replace(tzinfo=timezone.utc) - START) // timedelta(microseconds=1)
LATEST = (datetime.max.replace(tzinfo=timezone.utc) - START) // timedelta(microseconds=1)
"""The first and the last moment that can be written as a date, in ticks."""


def ticks_of(seconds: float) -> int:
    """Turn seconds into ticks; raises ValueError if they are not a number, or more than a thousand years."""
    # The comparison is false for what is not a number, and is exact for integers that no float can hold.
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not -LONGEST <= seconds <= LONGEST:
        raise ValueError(expected("seconds", "a number of at most 1000 years", shown(seconds)))
    return round(seconds * TICKS)


@lru_cache(maxsize=1024)  # the memories that searches find over and over
def iso(ticks: int) -> str:
    """Write a moment as ISO 8601 in UTC, to the millisecond if it has a fraction."""
    second, fraction = divmod(ticks, TICKS)
    return f"{_second(second)}.{fraction // 1000:03}Z" if fraction >= 1000 else f"{_second(second)}Z"


@lru_cache(maxsize=64)  # the lines of a log share their second
def _second(number: int) -> str:
    """Write the second of a number, without a zone."""
    return (START + timedelta(seconds=number)).isoformat(timespec="seconds")[:-6]


_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:(?<=:\d\d:\d\d)\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?)?", re.ASCII
)


def read_moment(text: str) -> Optional[int]:
    """Read a moment in ISO 8601, of UTC unless it names a zone, as ticks; None if it is no date and time."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        return None
    day, time, fraction, zone = match.groups(default="")
    # Spelt out in full, since how much may be left out differs from one Python to the next.
    zone = "+00:00" if zone in {"", "Z"} else zone
    try:
        moment = datetime.fromisoformat(f"{day}T{time or '00:00'}{fraction and f'.{fraction[:6]:0<6}'}{zone}")
        ticks = (moment - START) // timedelta(microseconds=1)
        iso(ticks)  # fails for the years 0 and 10000, which a time zone can lead to
    except (ValueError, OverflowError):
        return None
    return ticks


class Clock:
    """A clock that stands still until it is advanced.

    With `follow`, a function that returns seconds since the epoch, or with `base`, another clock, it follows that and
    can be put ahead of it.
    """

    def __init__(self, follow: Optional[Callable[[], float]] = None, *, base: Optional[Clock] = None) -> None:
        self._follow = follow
        self._base = base
        self._ahead = 0

    def ticks(self) -> int:
        """Whole microseconds since the start."""
        if self._base is not None:
            return self._base.ticks() + self._ahead
        if self._follow is None:
            return self._ahead
        return self._ahead + round((self._follow() - _START_EPOCH) * TICKS)

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        return _START_EPOCH + self.ticks() / TICKS

    def advance(self, ticks: int) -> None:
        """Move time forward; raises ValueError for a step back, or one that ends more than LONGEST ahead."""
        if ticks < 0:
            raise ValueError(f"seconds must be at least 0, got {ticks / TICKS:g}; the clock only moves forward")
        if self._ahead + ticks > LONGEST * TICKS:
            raise ValueError(f"seconds: the clock cannot move further than 1000 years ahead, got {ticks / TICKS:g}")
        self._ahead += ticks

    @property
    def ahead(self) -> int:
        """How many ticks it is ahead of the start, or of the clock that is followed."""
        return self._ahead

    def reset(self, ahead: int = 0) -> None:
        """Go back to the start, or to the clock that is followed, or to so many ticks ahead of it."""
        self._ahead = ahead
