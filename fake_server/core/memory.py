"""One stored memory, as a value."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Memory", "UnknownMemoryError"]


class UnknownMemoryError(KeyError):
    """An id under which a key stores no memory."""

    def __str__(self) -> str:
        """The message alone, without KeyError's quotation marks."""
        return str(self.args[0])


class Memory(NamedTuple):
    """One stored memory; `found_at` (ticks) and `found_after` (searches) say from when a search finds it."""

    id: str
    content: str
    context: str
    type: str
    source: str
    created: int
    found_at: int
    found_after: int
