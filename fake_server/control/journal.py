"""Reading of the journal: its attempts, and how many came when."""

from __future__ import annotations

from typing import Any, Mapping

from fake_server.core.journal.statistics import Window, statistics
from fake_server.core.wording import expected, shown

from .answers import Answer
from .asked import Asked, whole_number
from .listing import MOST, list_answer, newest

__all__ = ["list_requests", "read_statistics"]

LAST = 10**15  # greater than the number of any attempt
MOST_STEPS = 1_000
LONGEST = 7 * 86_400  # seconds


def list_requests(asked: Asked) -> Answer:
    """Return the attempts, oldest first: all of them, or the newest `limit`."""
    limit = whole_number(asked.fields, "limit", most=MOST)
    before = whole_number(asked.fields, "before", most=LAST)
    entries = asked.fake.requests(key=asked.key)
    page, more = newest([each for each in entries if before is None or each.seq < before], limit)
    following = {} if limit is None and before is None else {"next": page[0].seq if more else None}
    rest = {"dropped": asked.fake.dropped(key=asked.key), **following}
    return list_answer("requests", (entry.as_dict() for entry in page), rest)


def read_statistics(asked: Asked) -> Mapping[str, Any]:
    """Return what came in each step of the latest time."""
    seconds, step = _seconds(asked, "window", 120.0), _seconds(asked, "step", 1.0)
    if seconds / step > MOST_STEPS:
        raise ValueError(expected("step", f"at least {seconds / MOST_STEPS:g} s for that window", f"{step:g} s"))
    window = Window(seconds, step, asked.fake.now(key=asked.key))
    return {**statistics(asked.fake.requests(key=asked.key), window), "window": seconds, "step": step}


def _seconds(asked: Asked, name: str, otherwise: float) -> float:
    text = asked.fields.get(name)
    if not text:
        return otherwise
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.001 <= value <= LONGEST:
        raise ValueError(expected(name, f"seconds from 0.001 to {LONGEST}", shown(text)))
    return value
