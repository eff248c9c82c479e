"""The one form of the kit's errors about arguments: the path, what was expected, what came, and what to do."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Collection

__all__ = ["mismatch", "nearest", "one_of"]

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
