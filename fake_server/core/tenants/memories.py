"""The memories of one key at one moment, and how many bytes memories take."""

from __future__ import annotations

from itertools import takewhile
from typing import Dict, Iterator, List, Mapping, Optional, Tuple

from fake_server.core.memory import File, Memory, UnknownMemoryError
from fake_server.core.wording import shown

__all__ = ["Memories", "Rest", "bytes_of", "content_size", "size_of", "unknown_memory"]

Rest = Tuple[str, str, str, int, int, int, Optional[File]]
"""A memory's fields except id and content."""
OVERHEAD = 300  # bytes of a memory beside its content, roughly


class Memories:
    """The memories of a key at one moment, oldest first; it shares them with the store that it was taken of."""

    def __init__(self, kept: Dict[str, Tuple[str, Rest]], content_size: Optional[int] = None) -> None:
        self._kept = kept
        self._content_size = size_of(kept) if content_size is None else content_size

    def __len__(self) -> int:
        """Count the memories."""
        return len(self._kept)

    def __iter__(self) -> Iterator[Memory]:
        """Yield the memories, oldest first."""
        return (Memory(identity, content, *rest) for identity, (content, rest) in self._kept.items())

    def __eq__(self, other: object) -> bool:
        """Return whether these are the same memories in the same order."""
        if not isinstance(other, Memories):
            return NotImplemented
        return self._kept == other._kept and list(self._kept) == list(other._kept)

    __hash__ = None  # type: ignore[assignment]  # it compares by what it holds, and that may be a million memories

    def get(self, identity: str) -> Optional[Memory]:
        """Return the memory of an id, None if there was none."""
        kept = self._kept.get(identity)
        return None if kept is None else Memory(identity, kept[0], *kept[1])

    def older_than(self, identity: str) -> List[Memory]:
        """List the memories that stand before one, oldest first; raises UnknownMemoryError."""
        if identity not in self._kept:
            raise unknown_memory(identity)
        return list(takewhile(lambda memory: memory.id != identity, self))

    @property
    def size(self) -> int:
        """About how many bytes they take."""
        return self._content_size + OVERHEAD * len(self._kept)


def unknown_memory(identity: str) -> UnknownMemoryError:
    """Return the error about an id that no memory has."""
    return UnknownMemoryError(f"no memory has the id {shown(identity)}")


def bytes_of(*memories: Memory) -> int:
    """Return about how many bytes memories take."""
    return sum(content_size(each.content) + OVERHEAD for each in memories)


def size_of(kept: Mapping[str, Tuple[str, Rest]]) -> int:
    """Return the bytes of UTF-8 that contents take."""
    return sum(content_size(content) for content, _ in kept.values())


def content_size(content: str) -> int:
    """Return the bytes of UTF-8 that one content takes."""
    return len(content) if content.isascii() else len(content.encode("utf-8"))
