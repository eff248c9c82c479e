"""Reading of the journal: its attempts, and how many came when."""

from __future__ import annotations

from typing import Any, Mapping

from fake_server.core.journal.statistics import Window, statistics
from fake_server.core.wording import expected, shown

from .answers import Answer
from .asked import Asked, known
from .listing import list_answer

__all__ = ["list_requests", "read_statistics"]

MOST_STEPS = 1_000
LONGEST = 7 * 86_400  # seconds


def list_requests(asked: Asked) -> Answer:
    """Return the attempts, oldest first."""
    shown = (entry.as_dict() for entry in asked.fake.requests(key=asked.key))
    return list_answer("requests", shown, {"dropped": asked.fake.dropped(key=asked.key)})


def read_statistics(asked: Asked) -> Mapping[str, Any]:
    """Return what came in each step of the latest time."""
    known(asked.fields, ("key", "key_id", "window", "step"))
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
