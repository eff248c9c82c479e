"""What a number of a storm must be: each that makes no sense, or would never end, is refused by its name."""

from __future__ import annotations

__all__ = ["MOST_CALLS", "MOST_CLIENTS", "MOST_RATE", "MOST_SECONDS", "check", "check_number", "check_whole"]

MOST_CLIENTS = 10_000_000
"""The clients of a fleet at the most: each takes memory."""

MOST_SECONDS = 1_000_000.0
"""The seconds of each part of a run at the most, some eleven days: each second of it is counted."""

MOST_CALLS = 100_000_000
"""The calls of a run at the most: they take hours."""

MOST_RATE = 1e9
"""The requests a second that a service can carry out at the most, and the seconds between two calls of a client."""


def check(name: str, value: object, wanted: str, is_right: bool) -> None:  # noqa: FBT001 - what was found is the point
    """Raise a ValueError that names the value, and what it must be, where it is not right."""
    if not is_right:
        raise ValueError(f"{name} is {value!r}: it must be {wanted}")


def check_number(name: str, value: object, *, most: float, above: bool = False) -> None:
    """Let a number through that is from 0 (or above 0) to the most; ValueError for all else."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    wanted = f"a number {'above' if above else 'from'} 0 to {most:,.0f}"
    # A whole number may be too long for a float, and is compared as it is.
    is_right = is_number and 0 <= value <= most and not (above and value == 0)  # type: ignore[operator]
    check(name, value, wanted, is_right)


def check_whole(name: str, value: object, *, least: int, most: int) -> None:
    """Let a whole number through that is from the least to the most; ValueError for all else."""
    is_right = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
    check(name, value, f"a number from {least} to {most:,}, without a fraction", is_right)
