"""Checks of the kit's arguments, and the form of their errors: path, expected, got."""

from __future__ import annotations

from difflib import get_close_matches
from math import isnan
from typing import Any, Collection, Optional

__all__ = [
    "check_clock",
    "check_count",
    "check_fake",
    "check_seconds",
    "check_share",
    "check_text",
    "mismatch",
    "nearest",
    "one_of",
]

_SHOWN = 80  # characters of a value


def mismatch(path: str, expected: str, got: object, remedy: str = "") -> str:
    """Return `path: expected X, got Y`, then what to do."""
    return f"{path}: expected {expected}, got {got!r:.{_SHOWN}}" + (f"; {remedy}" if remedy else "")


def one_of(names: Collection[str]) -> str:
    """Return names as a choice: `add, search or details`."""
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


def nearest(name: object, known: Collection[str], otherwise: str) -> str:
    """Return the question whether the nearest known name was meant, or `otherwise` if none is near."""
    near = get_close_matches(str(name), sorted(known), n=1)
    return f"did you mean {near[0]}?" if near else otherwise


def check_fake(fake: Any, receiver: str) -> None:
    """Check that a function was given the fake; raises TypeError."""
    # By the attributes of its class: a project that tests its own plugins may have loaded ours twice.
    if not all(hasattr(type(fake), name) for name in ("calls", "dropped", "memories", "requests")):
        expected = "the fake (octamem_fake, or octamem_server.fake)"
        raise TypeError(f"{receiver}: expected {expected}, got {type(fake).__name__}")


def check_clock(clock: Any, receiver: str) -> None:
    """Check that a function was given the clock; raises TypeError."""
    if not all(hasattr(type(clock), name) for name in ("waits", "fake")):
        raise TypeError(f"{receiver}: expected the clock (octamem_clock), got {type(clock).__name__}")


def check_count(name: str, value: Optional[int], remedy: str = "") -> None:
    """Check that an argument is an int of at least 0, or None; raises ValueError."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise ValueError(mismatch(name, "an int of at least 0", value, remedy))


def check_seconds(name: str, value: Optional[float]) -> None:
    """Check that an argument is a number of seconds, or None; raises ValueError."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float)) or isnan(value)):
        raise ValueError(mismatch(name, "a number of seconds", value))


def check_share(name: str, value: float) -> None:
    """Check that an argument is a number from 0 to 1; raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ValueError(mismatch(name, "a number from 0 to 1", value))


def check_text(name: str, value: Optional[str]) -> None:
    """Check that an argument is a str, or None; raises ValueError."""
    if value is not None and not isinstance(value, str):
        raise ValueError(mismatch(name, "a str", value))
