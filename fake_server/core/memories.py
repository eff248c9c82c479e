"""The memories of one key: what is stored, when it is found, and how much it comes to."""

from __future__ import annotations

from typing import Callable, Dict, Iterable, List, NamedTuple, Optional, Tuple

from .search import Index

__all__ = ["Memory", "Store"]


class Memory(NamedTuple):
    """One stored memory; `found_at` (ticks) and `found_after` (searches) say from when a search finds it."""

    id: str
    content: str
    label: str
    type: str
    source: str
    created: int
    found_at: int
    found_after: int


class Store:
    """Memories in the order they came, with their fuzzy index."""

    def __init__(self) -> None:
        self.searches = 0
        self.size = 0  # bytes of UTF-8 content, kept up to date because every add may be held against a limit
        self._kept: Dict[str, Memory] = {}
        self._index = Index()
        self._last_found: Tuple[int, int] = (0, 0)

    def __len__(self) -> int:
        """Count the memories, found or not yet."""
        return len(self._kept)

    def __contains__(self, identity: str) -> bool:
        """Say whether a memory of that id is stored."""
        return identity in self._kept

    def all(self) -> List[Memory]:
        """List the memories, oldest first."""
        return list(self._kept.values())

    def add(self, memory: Memory) -> None:
        """Store a memory under its id, which must be new."""
        self._kept[memory.id] = memory
        self.size += _size(memory.content)
        self._index.add(memory.id, memory.content)
        at, after = self._last_found
        if memory.found_at > at or memory.found_after > after:
            self._last_found = (max(at, memory.found_at), max(after, memory.found_after))

    def clear(self) -> None:
        """Forget every memory, not the count of searches."""
        self._kept.clear()
        self._index.clear()
        self.size = 0
        self._last_found = (0, 0)

    def search(self, query: str, *, label: str, limit: int, now: int) -> List[Tuple[Memory, float]]:
        """Count a search and give the best memories with their scores, best first; `label` "" selects all."""
        self.searches += 1
        hits = self._index.search(query, limit=limit, allowed=self._filter(label, now))
        return [(self._kept[hit.key], hit.score) for hit in hits]

    @property
    def found_from(self) -> Tuple[int, int]:
        """From when all is found: at which moment (ticks), and after how many searches."""
        return self._last_found

    def settled(self, memory: Memory, now: int) -> bool:
        """Say whether the memory is found by the search under way."""
        return memory.found_at <= now and memory.found_after < max(self.searches, 1)

    def snapshot(self) -> Tuple[Memory, ...]:
        """Give all memories as one value."""
        return tuple(self._kept.values())

    def restore(self, memories: Iterable[Memory]) -> None:
        """Hold exactly these memories."""
        self.clear()
        for memory in memories:
            self.add(memory)

    def _filter(self, label: str, now: int) -> Optional[Callable[[str], bool]]:
        kept = self._kept
        at, after = self._last_found
        if at <= now and after < self.searches:
            if not label:
                return None
            return lambda identity: kept[identity].label == label
        return lambda identity: (not label or kept[identity].label == label) and self.settled(kept[identity], now)


def _size(content: str) -> int:
    return len(content) if content.isascii() else len(content.encode("utf-8"))
