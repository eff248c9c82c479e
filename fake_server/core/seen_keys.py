"""Every key that a server has seen, by its beginning: a text is looked through once, however many there are."""

from __future__ import annotations

from typing import Dict, Set, Tuple

__all__ = ["FORMER", "SHORTEST", "SeenKeys"]

SHORTEST = 8
"""A shorter key is blanked only as a text of its own: inside others it would blank ordinary words."""

FORMER = 10_000
"""Keys that are remembered although they are reset or refused, unless a server may have more or fewer open."""

FEWEST = 100


class SeenKeys:
    """The keys in use, and the former ones: what a client sent once may stand in a text long after a reset.

    Of the former ones so many are remembered as may be open, but 100 at least; first those are forgotten that have not
    been seen for longest. Any thread may ask whether a key is here at any time; whoever changes them holds the lock of
    the fake.
    """

    def __init__(self, most: int = FORMER) -> None:
        self._most = max(most, FEWEST)
        self.short = 0  # how many are shorter than SHORTEST
        self._all: Set[str] = set()
        self._former: Dict[str, None] = {}  # the one not seen for longest first
        # How many keys of a length begin so.
        self._lengths: Dict[str, Dict[int, int]] = {}

    def __contains__(self, key: str) -> bool:
        """Return whether a key was seen and is not forgotten yet."""
        return key in self._all

    def use(self, key: str) -> None:
        """Remember a key as long as it is in use."""
        self._former.pop(key, None)
        if key in self._all:
            return
        self._all.add(key)
        self.short += len(key) < SHORTEST
        lengths = self._lengths.setdefault(key[:SHORTEST], {})
        lengths[len(key)] = lengths.get(len(key), 0) + 1

    def release(self, key: str) -> None:
        """Remember a key that is in use no longer, as one of the latest of these."""
        self._former[key] = None
        if len(self._former) > self._most:
            self._forget(next(iter(self._former)))

    def see(self, key: str) -> None:
        """Remember a key that came and opened nothing; if it is in use, it stays so."""
        if key not in self._all or key in self._former:
            self.use(key)
            self.release(key)

    def _forget(self, key: str) -> None:
        del self._former[key]
        self._all.remove(key)
        self.short -= len(key) < SHORTEST
        lengths = self._lengths[key[:SHORTEST]]
        lengths[len(key)] -= 1
        if not lengths[len(key)]:
            del lengths[len(key)]
        if not lengths:
            del self._lengths[key[:SHORTEST]]

    def beginnings(self) -> Tuple[str, ...]:
        """Return how the keys begin, in one step, since another thread may add one."""
        return tuple(self._lengths)

    def may_begin(self, text: str) -> bool:
        """Return whether a key may begin at some place of a text."""
        starts = map(text.__getitem__, map(slice, range(len(text) - SHORTEST + 1), range(SHORTEST, len(text) + 1)))
        return not self._lengths.keys().isdisjoint(starts)

    def longest_at(self, text: str, at: int) -> int:
        """Return the length of the longest key that stands at a place of a text, 0 if none does."""
        lengths = self._lengths.get(text[at : at + SHORTEST])
        if lengths is None:
            return 0
        return next((size for size in sorted(lengths, reverse=True) if text[at : at + size] in self._all), 0)
