"""Bounds: how much a whole server holds of what strangers send."""

from __future__ import annotations

from dataclasses import dataclass

from .wording import expected, plural, shown

__all__ = ["Bounds", "CapacityError"]


class CapacityError(RuntimeError):
    """The server holds as many keys as it may, and none of them can be closed."""


@dataclass(frozen=True)
class Bounds:
    """The bounds of a whole server: how many keys it has open, and how many bytes all of them take together.

    `journal_bytes` are those of the journals, `answer_bytes` those of the answers kept for an Idempotency-Key.

    Raises ValueError, which names the bound, for one that is no whole number of at least 1.
    """

    keys: int = 10_000
    journal_bytes: int = 256 << 20
    answer_bytes: int = 64 << 20

    def __post_init__(self) -> None:
        """Check each."""
        for name in ("keys", "journal_bytes", "answer_bytes"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueError(expected(f"bounds.{name}", "an int of at least 1", shown(value)))

    def full(self) -> CapacityError:
        """Return the error about one key too many."""
        return CapacityError(
            f"The server has {plural(self.keys, 'key')} open, and each holds a memory, a setting or a fault of its own;"
            " reset the keys that are done with, or start it with a larger --max-keys"
        )

    def too_many(self, keys: int) -> str:
        """Return the sentence about a list of more keys than may be open."""
        return expected(
            "keys", f"at most {plural(self.keys, 'key')}", str(keys), "start the server with a larger --max-keys"
        )
