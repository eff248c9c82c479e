"""The limits of a storm's numbers, and the checks that name the argument."""

from __future__ import annotations

__all__ = ["MOST_CALLS", "MOST_CLIENTS", "MOST_RATE", "MOST_SECONDS", "check", "check_number", "check_whole"]

MOST_CLIENTS = 10_000_000
"""The most clients of a fleet: each takes memory."""

MOST_SECONDS = 1_000_000.0
"""The most seconds of each part of a run, some eleven days: every second has counters."""

MOST_CALLS = 100_000_000
"""The most calls of a run: they take hours."""

MOST_RATE = 1e9
"""The most requests a second of a service, and the most seconds between two calls of a client."""


def check(name: str, value: object, expected: str, is_valid: bool) -> None:  # noqa: FBT001 - the result of a condition
    """Raise a ValueError that names the value and the expected ones, unless it is valid."""
    if not is_valid:
        raise ValueError(f"{name} must be {expected}, got {value!r}")


def check_number(name: str, value: object, *, most: float, above: bool = False) -> None:
    """Raise a ValueError unless the value is a number from 0 (or above 0) to `most`."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    expected = f"a number above 0, at most {most:,.0f}" if above else f"a number from 0 to {most:,.0f}"
    # An int may be too long for a float, so it is compared as it is.
    is_valid = is_number and 0 <= value <= most and not (above and value == 0)  # type: ignore[operator]
    check(name, value, expected, is_valid)


def check_whole(name: str, value: object, *, least: int, most: int) -> None:
    """Raise a ValueError unless the value is an int from `least` to `most`."""
    is_valid = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
    check(name, value, f"an int from {least} to {most:,}", is_valid)
