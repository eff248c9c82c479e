"""Words that a question misspells: which words of a vocabulary it may have meant, and how near each is."""

from __future__ import annotations

from array import array
from typing import List, Tuple

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

__all__ = ["Vocabulary"]

# One edit in four letters, two in eight, three in twelve: with fewer or more, fewer questions find their answer
# (benchmarks/recall.py).
_LETTERS_AN_EDIT = 4
# Shorter words are one edit away from too many others.
_SHORTEST = 3
# But of three letters few others are a swap away: dgo is a dog.
_SWAP = 1 - 1 / _SHORTEST
# The beginning of a longer word ("config") is as likely meant as one edit in five letters.
_BEGINNING = 0.8
_SHORTEST_BEGINNING = 4
# Letters a to z twice each, then all other characters over the twelve bits that are left of 64.
_OTHERS = 52


class Vocabulary:
    """Words that may be meant, with what rules most of them out at a glance."""

    def __init__(self, words: List[str]) -> None:
        """Take words of at most 255 characters, in any order; what is appended to the list later is taken in too."""
        self._words = words
        self._letters = array("Q")
        self._lengths = array("B")
        self._keep_up()

    def nearest(self, word: str) -> List[Tuple[str, float]]:
        """Return the words that may be meant with their similarity (0 to 1), nearest first, then by alphabet.

        Similarity is one less the edits (insert, delete, replace, swap of neighbours) per letter of the longer word.
        Digits are never corrected: 2023 is not a misspelt 2024.
        """
        if len(word) < _SHORTEST or word.isdecimal():
            return []
        self._keep_up()
        possible = self._possible(word)
        near = {
            candidate: similarity
            for candidate, similarity, _ in process.extract(
                word,
                possible,
                scorer=OSA.normalized_similarity,
                score_cutoff=1 - 1 / _LETTERS_AN_EDIT,
                limit=None,
            )
        }
        if len(word) == _SHORTEST:
            near.update((swap, _SWAP) for swap in _swapped(word) if swap in possible)
        for candidate in self._beginning_with(word):
            near[candidate] = max(near.get(candidate, 0.0), _BEGINNING)
        digits = _digits(word)
        meant = [pair for pair in near.items() if _digits(pair[0]) == digits]
        return sorted(meant, key=lambda pair: (-pair[1], pair[0]))

    def _keep_up(self) -> None:
        new = self._words[len(self._letters) :]
        self._letters.extend(map(_letters, new))
        self._lengths.extend(map(len, new))

    def _possible(self, word: str) -> List[str]:
        """Return the words that so few edits may reach: each adds and takes away one letter at most."""
        mask = np.uint64(_letters(word))
        masks = np.frombuffer(self._letters, np.uint64)
        lengths = np.frombuffer(self._lengths, np.uint8).astype(np.int16)
        edits = np.maximum(lengths, len(word)) // _LETTERS_AN_EDIT
        reachable = np.abs(lengths - len(word)) <= edits
        reachable &= np.bitwise_count(masks & ~mask) <= edits
        reachable &= np.bitwise_count(~masks & mask) <= edits
        return [self._words[at] for at in reachable.nonzero()[0]]

    def _beginning_with(self, word: str) -> List[str]:
        if len(word) < _SHORTEST_BEGINNING:
            return []
        mask = np.uint64(_letters(word))
        holding = (np.frombuffer(self._letters, np.uint64) & mask) == mask
        return [self._words[at] for at in holding.nonzero()[0] if self._words[at].startswith(word)]


def _swapped(word: str) -> List[str]:
    """Return what a word may be of which two neighbours were swapped."""
    swaps = (word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1))
    return [swap for swap in swaps if swap != word]


def _letters(word: str) -> int:
    """Return a set of bits in which one letter more or less is one bit at most."""
    mask = 0
    for letter in word:
        if "a" <= letter <= "z":
            once = 1 << (ord(letter) - 97) * 2
            mask |= once << 1 if mask & once else once
        else:
            mask |= 1 << _OTHERS + ord(letter) % (64 - _OTHERS)
    return mask


def _digits(word: str) -> str:
    return "" if word.isalpha() else "".join(filter(str.isdecimal, word))
