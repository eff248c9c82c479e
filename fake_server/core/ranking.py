"""How well memories answer a question: BM25 for all, then coverage, stop words and neighbours for the best."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from typing import TYPE_CHECKING, Collection, Dict, FrozenSet, List, NamedTuple, Sequence, Tuple

if TYPE_CHECKING:
    from array import array

    from .question import Wanted

__all__ = ["Judged", "Ranking"]

# BM25. The usual k1 (1.2 to 2) and b (0.5 to 0.8) are for articles; a memory is a sentence or two, where a word
# said twice, or some words more, mean less. These and the shares below were chosen with benchmarks/recall.py, where
# their neighbours (k1 0.6 to 1.2, b 0.2 to 0.4, half and twice the shares) come out within 0.01.
_K1 = 0.9
_B = 0.3
_FLAT = _K1 * (1 - _B)
# What a stop word is worth against any other word, and a pair of neighbours against all of the rest.
_STOP_SHARE = 0.1
_PAIR_SHARE = 0.15
# Bounds on hostile input, far above what people write: terms of a question, the rarest taken; words of a memory, from
# its beginning, whose neighbours count.
_TERMS = 256
_ORDERED = 2_000


class Judged(NamedTuple):
    """A memory's value for the order of the hits, and the share (0 to 1) of the question that it holds."""

    value: float
    share: float


class _Answers(NamedTuple):
    """What answers one word: occurrences by slot with their worth for each alternative, and how near those are."""

    found: List[Tuple[Dict[int, int], float]]
    nearness: float


class Ranking:
    """One question against one index.

    `postings` holds for each term the slots of its occurrences, ascending; `terms` for each slot its terms in order.
    """

    def __init__(
        self,
        asked: Sequence[Wanted],
        postings: Sequence[array[int]],
        terms: Sequence[array[int]],
        *,
        memories: int,
        words: int,
    ) -> None:
        """Weigh what is asked for; `memories` and `words` are the totals of the index."""
        self._postings = postings
        self._terms = terms
        self._memories = memories
        self._mean_length = max(words, 1) / memories
        distinct = list({one.terms or one.word: one for one in asked}.values())
        telling = [one for one in distinct if not one.is_stop]
        # A question of stop words alone asks for them; beside a word that nothing answers they are no answer.
        weighed = self._weighed(telling or distinct)
        self._whole = sum(worth for _, worth in weighed)
        self._telling = [
            _Answers([(Counter(postings[term]), worth * weight) for term, weight in one.terms], one.nearness)
            for one, worth in weighed
            if one.terms
        ]
        stops = self._weighed([one for one in distinct if one.is_stop and one.terms] if telling else [])
        self._stops = [(postings[one.terms[0][0]], worth) for one, worth in stops]
        self._pairs = [
            frozenset((first, second) for first, _ in left.terms for second, _ in right.terms)
            for left, right in zip(asked[:_TERMS], asked[1:_TERMS])
            if left.terms and right.terms
        ]

    def rarest(self) -> Collection[int]:
        """Return the fewest slots that hold one of the words asked for: who holds them all is among them."""
        return min((answers.found[0][0] for answers in self._telling), key=len, default={})

    def relevance(self) -> Dict[int, float]:
        """Return the BM25 score of every slot that holds a word asked for."""
        total: Dict[int, float] = {}
        slope = _K1 * _B / self._mean_length
        terms = self._terms
        for found, _ in self._telling:
            # The alternatives of a misspelt word are one word: a memory counts by the one that fits it best.
            best: Dict[int, float] = {}
            for counts, worth in found:
                scale = worth * (_K1 + 1)
                for slot, count in counts.items():
                    value = scale * count / (count + _FLAT + slope * len(terms[slot]))
                    if value > best.get(slot, 0.0):
                        best[slot] = value
            for slot, value in best.items():
                total[slot] = total.get(slot, 0.0) + value
        return total

    def judge(self, slot: int, relevance: float) -> Judged:
        """Return what one slot of this relevance is worth after a close look."""
        held = 0.0
        for found, nearness in self._telling:
            for counts, worth in found:
                # The heaviest alternative comes first.
                if slot in counts:
                    held += worth * nearness
                    break
        share = held / self._whole
        terms = self._terms[slot]
        length = _FLAT + _K1 * _B * len(terms) / self._mean_length
        stops = 0.0
        for posting, worth in self._stops:
            count = _occurrences(posting, slot)
            stops += worth * (_K1 + 1) * count / (count + length)
        neighbours: FrozenSet[Tuple[int, int]] = frozenset(zip(terms[:_ORDERED], terms[1:_ORDERED]))
        pairs = len(self._pairs) - sum(map(neighbours.isdisjoint, self._pairs))
        return Judged((relevance * share + _STOP_SHARE * stops) * (1 + _PAIR_SHARE * pairs), share)

    def _weighed(self, asked: List[Wanted]) -> List[Tuple[Wanted, float]]:
        """Return the rarest of the words with their inverse document frequencies."""
        weighed: List[Tuple[Wanted, float]] = []
        for one in asked:
            # Occurrences for memories: nearly the same where texts are short, and known without counting.
            holding = min(self._memories, sum(len(self._postings[term]) for term, _ in one.terms))
            weighed.append((one, math.log(1 + (self._memories - holding + 0.5) / (holding + 0.5))))
        return weighed if len(weighed) <= _TERMS else sorted(weighed, key=lambda pair: -pair[1])[:_TERMS]


def _occurrences(posting: Sequence[int], slot: int) -> int:
    first = bisect_left(posting, slot)
    if first == len(posting) or posting[first] != slot:
        return 0
    return bisect_right(posting, slot, first) - first
