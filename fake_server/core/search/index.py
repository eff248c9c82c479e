"""The fuzzy index of one tenant: its memories by the words they hold, and the search over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, List, Optional, Tuple

from .breakdown import Explained, explained
from .doc_ids import Keys
from .documents import Holdings
from .late import load
from .packing import SLOTS
from .query import wanted

if TYPE_CHECKING:
    from .languages import Language
    from .ranking import Ranking

__all__ = ["Explained", "Hit", "Index"]

Allowed = Optional[Callable[[str], bool]]
Selects = Optional[Callable[[int], bool]]

# After so many removals, and more of them than memories, the index is built anew without the dead.
_REBUILD = 1_000
# The smallest step of a score as it is answered.
_LEAST = 1e-4


@dataclass(frozen=True)
class Hit:
    """A memory found, by its key, with a score in (0, 1]: 1.0 means that all the question asks for is in it.

    The score is the share of the question that the memory holds, or the question just before it where that holds more;
    rare words count for more and corrected words for less. It is never above that of the hit before it: the order also
    weighs how short a memory is, which little words it has, and what stands together.
    """

    key: str
    score: float


class Index:
    """The fuzzy index of one tenant's memories; not thread-safe: the caller holds a lock.

    The order of hits depends on what the index holds, in order of arrival, and not on what it once held.
    """

    def __init__(self, language: Language) -> None:
        """Start empty; the language says what the forms of a word share and which words mean little."""
        self._language = language
        self.clear()

    def add(self, key: str, text: str, *, context: str = "") -> None:
        """Take a memory in, as the newest, under a key that no other has; it is read at the next search.

        Of one text the first 20,000 different words are indexed, of its first 1,048,576 characters. Raises
        OverflowError past 16 million memories.
        """
        if self._keys.given == SLOTS:
            raise OverflowError(f"adding a memory to {len(self)}: one key holds no more; use several keys")
        self._keys.append(key)
        self._holdings.put(text, context)

    def remove(self, key: str) -> None:
        """Forget a memory; an unknown key is no error."""
        slot = self._keys.find(key)
        if slot is None:
            return
        self._keys.remove(slot)
        self._holdings.drop(slot)
        if self._keys.given - len(self) > max(_REBUILD, len(self)):
            self._rebuild()

    def clear(self) -> None:
        """Forget everything."""
        self._keys = Keys()
        self._holdings = Holdings(self._language)

    def __len__(self) -> int:
        """Return how many memories there are."""
        return len(self._keys)

    def search(self, query: str, *, limit: int, context: str = "", allowed: Allowed = None) -> List[Hit]:
        """Return at most `limit` memories that answer the query, best first; of equals, the newer first.

        Any text may be asked; of a long one the first 50,000 characters count. A memory whose text is the query, but
        for white space around it, comes first. A memory just after one that asks, of the same context, has the worth of
        that question added to its own; neither comes before one that by itself holds all that is asked for. An empty
        context selects all. `allowed` is asked, by key, of memories that could still be hits. Neither changes what a
        word is worth: that would take asking for every memory at every search.
        """
        selects = self._by_slot(allowed)
        ranking = self._ranking(query, selects) if limit > 0 else None
        if ranking is None:
            return []
        return [Hit(self._keys[slot], score) for slot, score, _ in self._hits(ranking, query, limit, context, selects)]

    def explain(self, query: str, *, limit: int, context: str = "", allowed: Allowed = None) -> List[Explained]:
        """Return what `search` returns, with what each place comes from."""
        selects = self._by_slot(allowed)
        ranking = self._ranking(query, selects) if limit > 0 else None
        if ranking is None:
            return []
        return [
            explained(self._keys[slot], score, slot, is_copy=is_copy, ranking=ranking, holdings=self._holdings)
            for slot, score, is_copy in self._hits(ranking, query, limit, context, selects)
        ]

    def explain_one(self, query: str, key: str, *, context: str = "", allowed: Allowed = None) -> Optional[Explained]:
        """Return what the place of one memory comes from, wherever it stands; None where it holds no word asked for."""
        slot, selects = self._keys.find(key), self._by_slot(allowed)
        ranking = self._ranking(query, selects)
        if slot is None or ranking is None:
            return None
        is_copy = slot in self._holdings.copies(query)
        if not is_copy and not ranking.holds(slot):
            return None
        # What stands before it may hold it back, which the ranking knows once it has ranked.
        self._hits(ranking, query, 1, context, selects)
        score = 1.0 if is_copy else _score(ranking.judge_one(slot).share[0])
        return explained(key, score, slot, is_copy=is_copy, ranking=ranking, holdings=self._holdings)

    def _by_slot(self, allowed: Allowed) -> Selects:
        keys = self._keys
        return None if allowed is None else (lambda slot: allowed(keys[slot]))

    def _ranking(self, query: str, selects: Selects) -> Optional[Ranking]:
        holdings = self._holdings
        holdings.settle()
        asked = wanted(query, holdings) if holdings.memories else []
        # A copy is one even where nothing of what is read of the query is in it.
        if not any(one.answers for one in asked) and not (asked and holdings.copies(query)):
            return None
        # Here, because numpy takes a while to load, for which an index never searched need not wait.
        ranking: Ranking = load(".ranking").Ranking(asked, holdings, selects)
        return ranking

    def _hits(
        self, ranking: Ranking, query: str, limit: int, context: str, selects: Selects
    ) -> List[Tuple[int, float, bool]]:
        contexts = self._holdings.contexts
        copies = [
            slot
            for slot in reversed(self._holdings.copies(query))
            if (not context or contexts[slot] == context) and (selects is None or selects(slot))
        ][:limit]
        is_copy = set(copies)
        return [(slot, _score(score), slot in is_copy) for slot, score in ranking.hits(limit, copies, context)]

    def _rebuild(self) -> None:
        holdings, keys = self._holdings, self._keys
        self.clear()
        for slot, text in enumerate(holdings.texts):
            if text is not None:
                self.add(keys[slot], text, context=holdings.contexts[slot])


def _score(share: float) -> float:
    """Return a share as the score of a hit, which is never so small that four decimals make nothing of it."""
    return max(float(share), _LEAST)
