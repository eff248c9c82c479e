"""The fuzzy index of one tenant: its memories by the terms they hold, and the search over them."""

from __future__ import annotations

import heapq
from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Callable, Collection, Dict, Iterator, List, Optional, Set, Tuple

from .english import stem
from .question import vocabulary, wanted
from .ranking import Ranking
from .words import pieces

__all__ = ["Hit", "Index"]

# How many of the best by BM25 are looked at closely.
_DEPTH = 50
# Distinct words of one memory, the first ones: far more than people write, but a stem costs microseconds, and a
# memory of 1 MB may be noise.
_MEMORY_WORDS = 20_000
# After so many removals, and more of them than memories, the index is built anew without the words of the dead.
_REBUILD = 1_000


@dataclass(frozen=True)
class Hit:
    """A memory found, by its key, with a score in (0, 1]: 1.0 means that all the question asks for is in it.

    The score is the share of the question that the memory holds, rare words counting for more and corrected words
    for less, never above that of the hit before it: the order also weighs how often and how near together.
    """

    key: str
    score: float


class Index:
    """The fuzzy index of one tenant's memories; not thread-safe: the caller holds a lock."""

    def __init__(self) -> None:
        """Start empty."""
        self._pending: Dict[str, str] = {}
        self.clear()

    def add(self, key: str, text: str) -> None:
        """Take a memory in, as the newest, in place of any of the same key; it is read at the next search.

        Of one text the first 20,000 different words are indexed.
        """
        pending = self._pending
        if key in pending:
            del pending[key]
        pending[key] = text

    def remove(self, key: str) -> None:
        """Forget a memory; an unknown key is no error."""
        self._pending.pop(key, None)
        self._drop(key)

    def clear(self) -> None:
        """Forget everything."""
        self._pending.clear()
        self._slots: Dict[str, int] = {}
        self._keys: List[str] = []
        self._texts: List[str] = []
        self._terms: List[array[int]] = []
        # One slot for each occurrence, ascending: where a memory is, how often, and its removal are all a bisection.
        self._postings: List[array[int]] = []
        self._term_of_stem: Dict[str, int] = {}
        self._term_of_word: Dict[str, int] = {}
        self._vocabulary: List[str] = []
        self._vocabulary_of = 0
        self._length = 0
        self._dropped = 0

    def __len__(self) -> int:
        """Return how many memories there are."""
        return len(self._slots) + sum(key not in self._slots for key in self._pending)

    def search(self, query: str, *, limit: int, allowed: Optional[Callable[[str], bool]] = None) -> List[Hit]:
        """Return at most `limit` memories that answer the query, best first; of equals, the older first.

        Any text may be asked; of a long one the first 50,000 characters count. A memory whose text is the query,
        but for white space around it, comes first. `allowed` is asked, by key, only of memories that could still
        be hits. It does not change what a word is worth: to know that for the allowed alone would take asking for
        every memory at every search.
        """
        self._settle()
        if limit < 1 or not self._slots:
            return []
        asked = wanted(query, self._lookup, self._correctable)
        ranking = Ranking(asked, self._postings, self._terms, memories=len(self._slots), words=self._length)
        copies = self._copies(query.strip(), ranking.rarest())
        ranked: List[Tuple[bool, float, int, float]] = []
        relevance = ranking.relevance()
        for slot in self._best(relevance, copies, allowed, depth=max(limit, _DEPTH)):
            judged = ranking.judge(slot, relevance[slot])
            ranked.append((slot not in copies, -judged.value, slot, 1.0 if slot in copies else judged.share))
        hits: List[Hit] = []
        score = 1.0
        for _, _, slot, share in heapq.nsmallest(limit, ranked):
            score = min(score, share)
            hits.append(Hit(self._keys[slot], score))
        return hits

    def _best(
        self,
        relevance: Dict[int, float],
        copies: Set[int],
        allowed: Optional[Callable[[str], bool]],
        *,
        depth: int,
    ) -> Iterator[int]:
        """Yield copies of the query first, then the most relevant, as many as `depth` of those that are allowed."""
        queue = [(slot not in copies, -value, slot) for slot, value in relevance.items()]
        heapq.heapify(queue)
        while queue and depth:
            slot = heapq.heappop(queue)[2]
            if allowed is None or allowed(self._keys[slot]):
                depth -= 1
                yield slot

    def _lookup(self, word: str) -> Optional[int]:
        term = self._term_of_word.get(word)
        if term is None:
            term = self._term_of_stem.get(stem(word))
        return term if term is not None and self._postings[term] else None

    def _correctable(self) -> List[str]:
        # Words are only ever added, so their number tells whether there are new ones.
        if self._vocabulary_of != len(self._term_of_word):
            self._vocabulary = vocabulary(self._term_of_word)
            self._vocabulary_of = len(self._term_of_word)
        return self._vocabulary

    def _copies(self, text: str, slots: Collection[int]) -> Set[int]:
        return {slot for slot in slots if self._texts[slot].strip() == text}

    def _settle(self) -> None:
        if self._dropped > max(_REBUILD, len(self._slots)):
            pending = {self._keys[slot]: self._texts[slot] for slot in self._slots.values()}
            for key, text in self._pending.items():
                pending.pop(key, None)
                pending[key] = text
            self.clear()
            self._pending = pending
        for key, text in self._pending.items():
            self._drop(key)
            self._read(key, text)
        self._pending.clear()

    def _read(self, key: str, text: str) -> None:
        slot = len(self._keys)
        known = self._term_of_word
        distinct: Set[str] = set()
        terms = array("I")
        for piece in pieces(text):
            for word in piece:
                if word not in distinct:
                    if len(distinct) == _MEMORY_WORDS:
                        continue
                    distinct.add(word)
                term = known.get(word)
                if term is None:
                    term = self._new_word(word)
                terms.append(term)
                self._postings[term].append(slot)
        self._slots[key] = slot
        self._keys.append(key)
        self._texts.append(text)
        self._terms.append(terms[:])
        self._length += len(terms)

    def _new_word(self, word: str) -> int:
        root = stem(word)
        term = self._term_of_stem.setdefault(root, len(self._postings))
        if term == len(self._postings):
            self._postings.append(array("I"))
        self._term_of_word[word] = term
        return term

    def _drop(self, key: str) -> None:
        slot = self._slots.pop(key, None)
        if slot is None:
            return
        terms = self._terms[slot]
        for term in set(terms):
            posting = self._postings[term]
            del posting[bisect_left(posting, slot) : bisect_right(posting, slot)]
        self._length -= len(terms)
        self._dropped += 1
        self._keys[slot] = self._texts[slot] = ""
        self._terms[slot] = array("I")
