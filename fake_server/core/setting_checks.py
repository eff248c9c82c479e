"""The checks of the settings' values: each returns the value as it is kept, or raises what was expected."""

from __future__ import annotations

import re
from typing import Any, Callable, Tuple

from .search.languages import languages
from .wording import alternatives, nearest, nothing, plain

__all__ = [
    "ENDPOINTS",
    "MOST",
    "OneOf",
    "UnfitError",
    "delay",
    "flag",
    "integer",
    "language",
    "or_none",
    "rate",
    "rights",
    "whole",
]

ENDPOINTS = ("search", "add", "details")
MOST = (1 << 63) - 1  # our own bound: what every JSON reader's integers hold
_POLLS = re.compile(r"\s*(\d{1,9})\s+polls?\s*")
_RATE = re.compile(r"\s*(\d{1,9})\s*/\s*(\d{1,9}(?:\.\d{1,6})?)\s*(?:s\s*)?")


class UnfitError(Exception):
    """A value that a setting cannot have: what was expected, and what was got if that is not the value's repr."""

    def __init__(self, wanted: str, got: str = "", then: str = "") -> None:
        super().__init__(wanted)
        self.wanted = wanted
        self.got = got
        self.then = then


class OneOf:
    """A check for one of a few values."""

    def __init__(self, *choices: Any) -> None:
        self.choices = choices

    def __call__(self, value: Any) -> Any:
        """Return the value."""
        # Of one type too: 429.0 equals 429, and is no status.
        if not any(type(value) is type(choice) and value == choice for choice in self.choices):
            raise UnfitError(alternatives(self.choices))
        return value


def whole(least: int) -> Callable[[Any], Any]:
    """Return a check for an int from `least` to what every JSON reader holds."""

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MOST:
            too_large = type(value) is int and value > MOST
            raise UnfitError(f"an int from {least} to 2**63 - 1" if too_large else f"an int of at least {least}")
        return value

    return check


def flag(value: Any) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise UnfitError("true or false")
    return value


def integer(value: Any) -> int:
    """Return an int, of any size and sign."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise UnfitError("an int")
    return value


def or_none(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a check for None, or for what another check takes."""

    def checked(value: Any) -> Any:
        if value is None:
            return None
        try:
            return check(value)
        except UnfitError as error:
            comma = "," if " or " in error.wanted else ""
            raise UnfitError(f"{error.wanted}{comma} or {nothing()}", error.got) from None

    return checked


def delay(value: Any) -> Any:
    """Return seconds as they are, and a number of polls as in "3 polls"."""
    if isinstance(value, str):
        match = _POLLS.fullmatch(value)
        if match:
            return f"{int(match[1])} polls"
    elif isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e9:
        return value
    raise UnfitError('seconds of at least 0 or polls such as "3 polls"')


def language(value: Any) -> str:
    """Return the name of a language whose word forms are known, or "none"."""
    # A command line has read the word "none" as nothing.
    name = "none" if value is None else value
    if name not in languages():
        meant = nearest(name, languages()) if isinstance(name, str) else None
        raise UnfitError(
            "a language such as english, or none", then=f"did you mean {meant}?" if meant else "see docs/search.md"
        )
    return str(name)


def rate(value: Any) -> str:
    """Return calls per seconds in their shortest form, as in "100/60"."""
    match = _RATE.fullmatch(value) if isinstance(value, str) else None
    if match is None or int(match[1]) < 1 or float(match[2]) <= 0:
        raise UnfitError('"CALLS/SECONDS" such as "100/60"')
    return f"{int(match[1])}/{plain(float(match[2]))}"


def rights(value: Any) -> Tuple[str, ...]:
    """Return the endpoints that are named, in their own order."""
    if not isinstance(value, (list, tuple, set, frozenset)) or any(right not in ENDPOINTS for right in value):
        raise UnfitError(f"a list of {alternatives(ENDPOINTS)}")
    return tuple(right for right in ENDPOINTS if right in value)
