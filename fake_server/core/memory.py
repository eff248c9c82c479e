"""One stored memory, as a value."""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple, Optional

__all__ = ["File", "Memory", "UnknownMemoryError", "file_named"]


class UnknownMemoryError(KeyError):
    """An id under which a key stores no memory."""

    def __str__(self) -> str:
        """The message alone, without KeyError's quotation marks."""
        return str(self.args[0])


class File(NamedTuple):
    """The file that a memory was read from."""

    id: str
    name: str


def file_named(name: str) -> File:
    """Return the file of a name, whose id follows from it: memories that name one file share it."""
    return File(f"file_{blake2b(name.encode(), digest_size=8).hexdigest()}", name)


class Memory(NamedTuple):
    """One stored memory; `found_at` (ticks) and `found_after` (searches) say from when a search finds it.

    `file` is that of which it is a part, None for a memory that was added.
    """

    id: str
    content: str
    context: str
    type: str
    source: str
    created: int
    found_at: int
    found_after: int
    file: Optional[File] = None
