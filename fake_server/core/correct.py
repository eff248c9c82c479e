"""Words that a question misspells: which words of a vocabulary it may have meant, and how near each is."""

from __future__ import annotations

from bisect import bisect_left
from typing import Callable, List, Optional, Sequence, Tuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

__all__ = ["joined", "nearest", "parted"]

# One edit in four letters, two in seven: at 0.6 and 0.8 fewer questions find their answer (benchmarks/recall.py).
_NEAR = 0.7
# Shorter words are one edit away from too many others.
_SHORTEST = 3
# The beginning of a longer word ("config") is as likely meant as one edit in five letters.
_BEGINNING = 0.8
_SHORTEST_BEGINNING = 4


def nearest(word: str, vocabulary: Sequence[str]) -> List[Tuple[str, float]]:
    """Return the words that may be meant with their similarity (0 to 1), nearest first, then by alphabet.

    The vocabulary is sorted. Similarity is one less the edits (insert, delete, replace, swap of neighbours) per
    letter of the longer word.
    Digits are never corrected: 2023 is not a misspelt 2024.
    """
    if len(word) < _SHORTEST or word.isdecimal():
        return []
    near = {
        candidate: similarity
        for candidate, similarity, _ in process.extract(
            word, vocabulary, scorer=OSA.normalized_similarity, score_cutoff=_NEAR, limit=None
        )
    }
    if len(word) >= _SHORTEST_BEGINNING:
        at = bisect_left(vocabulary, word)
        while at < len(vocabulary) and vocabulary[at].startswith(word):
            near[vocabulary[at]] = max(near.get(vocabulary[at], 0.0), _BEGINNING)
            at += 1
    digits = _digits(word)
    meant = [pair for pair in near.items() if _digits(pair[0]) == digits]
    return sorted(meant, key=lambda pair: (-pair[1], pair[0]))


def parted(word: str, known: Callable[[str], bool]) -> Optional[Tuple[str, str]]:
    """Return the two known words that were run together into this one, a long first one preferred, or None."""
    for at in range(len(word) - _SHORTEST, _SHORTEST - 1, -1):
        if known(word[:at]) and known(word[at:]):
            return word[:at], word[at:]
    return None


def joined(first: str, second: str, known: Callable[[str], bool]) -> Optional[str]:
    """Return the known word that was torn into these two, of which one at least is unknown, or None."""
    if (known(first) and known(second)) or not known(first + second):
        return None
    return first + second


def _digits(word: str) -> str:
    return "" if word.isalpha() else "".join(filter(str.isdecimal, word))
