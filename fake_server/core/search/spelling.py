"""Spelling: the words of a vocabulary that a misspelt word may mean, by edit distance."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, List, Set, Tuple

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

if TYPE_CHECKING:
    from .postings import IntArray

__all__ = ["Vocabulary"]

# One edit in four letters, two in eight, three in twelve: with fewer or more, fewer queries find their answer
# (benchmarks/recall.py).
_LETTERS_AN_EDIT = 4
# Shorter words are one edit away from too many others.
_SHORTEST = 3
# But few words of three letters are one swap apart: "dgo" means "dog".
_SWAP = 1 - 1 / _SHORTEST
# The beginning of a longer word ("config") is as likely as one edit in five letters.
_BEGINNING = 0.8
_SHORTEST_BEGINNING = 4
_LONGEST = 255
# Of the 64 bits of a letter mask, a to z have two each, and all other characters share the last twelve.
_OTHERS = 52


class Vocabulary:
    """The words that a misspelt one may mean, with letter masks and lengths that rule most of them out."""

    def __init__(self, words: List[str]) -> None:
        """Take words of at most 255 characters, in any order; words that are appended to the list later count too."""
        self._words = words
        self._letters = array("Q")
        self._lengths = array("B")
        # The first so many of the words as a set, for who asks for many of them.
        self._known: Set[str] = set()
        self._known_to = 0

    def has(self, word: str) -> bool:
        """Whether this is one of the words."""
        if self._known_to < len(self._words):
            self._known.update(self._words[self._known_to :])
            self._known_to = len(self._words)
        return word in self._known

    def fuzzy_matches(self, word: str) -> List[Tuple[str, float]]:
        """Return the words that may be meant with their similarity (0 to 1), the nearest first, then by alphabet.

        Similarity is 1 minus the edits (insert, delete, replace, swap of neighbours) per letter of the longer word.
        Digits are never corrected: 2023 is not a misspelt 2024.
        """
        if len(word) < _SHORTEST or word.isdecimal():
            return []
        self.extend(len(self._words))
        possible, longer = self._near(word, np.uint64(_letters(word)))
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
            near.update((swap, _SWAP) for swap in _swapped(word) if self._has(swap))
        for candidate in longer:
            near[candidate] = max(near.get(candidate, 0.0), _BEGINNING)
        digits = _digits(word)
        meant = [pair for pair in near.items() if _digits(pair[0]) == digits]
        return sorted(meant, key=lambda pair: (-pair[1], pair[0]))

    def extend(self, most: int) -> bool:
        """Take in words that were appended to the list, at most so many; return whether there are more."""
        new = self._words[len(self._letters) : len(self._letters) + most]
        self._letters.extend(map(_letters, new))
        self._lengths.extend(map(len, new))
        return len(self._letters) < len(self._words)

    def _near(self, word: str, mask: np.uint64) -> Tuple[List[str], List[str]]:
        """Return the words within the allowed edits by their masks, and the longer ones that begin with the word.

        One edit adds and removes one letter at most.
        """
        shortest = max(len(word) - len(word) // _LETTERS_AN_EDIT, _SHORTEST + 1)
        longest = min(len(word) * _LETTERS_AN_EDIT // (_LETTERS_AN_EDIT - 1), _LONGEST)
        every: IntArray = np.frombuffer(self._letters, np.uint64)
        # Most words lack too many letters for any length; the rest are few enough to be looked at closely.
        most = max(longest, min(len(word), _LONGEST)) // _LETTERS_AN_EDIT
        some = (np.bitwise_count((every & mask) ^ mask) <= most).nonzero()[0]
        masks, lengths = every[some], np.frombuffer(self._lengths, np.uint8)[some]
        different = masks ^ mask
        missing = different & mask
        different &= masks
        edits = np.maximum(lengths // _LETTERS_AN_EDIT, min(len(word), _LONGEST) // _LETTERS_AN_EDIT)
        reachable = np.bitwise_count(missing) <= edits
        reachable &= np.bitwise_count(different) <= edits
        # No word loses or changes a letter to become one of three: that is one edit away from too many.
        reachable &= lengths >= shortest
        reachable &= lengths <= longest
        possible = map(self._words.__getitem__, some[reachable].tolist())
        if len(word) < _SHORTEST_BEGINNING:
            return [*possible], []
        holding = missing == 0
        holding &= lengths >= len(word)
        longer = map(self._words.__getitem__, some[holding].tolist())
        return [*possible], [one for one in longer if one.startswith(word)]

    def _has(self, word: str) -> bool:
        masks = np.frombuffer(self._letters, np.uint64)
        same = (masks == np.uint64(_letters(word))).nonzero()[0].tolist()
        return any(self._words[at] == word for at in same)


def _swapped(word: str) -> List[str]:
    """Return the other words that a swap of two neighbours gives."""
    swaps = (word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1))
    return [swap for swap in swaps if swap != word]


def _letters(word: str) -> int:
    """Return the letter mask of a word, in which adding or removing a letter changes one bit at most."""
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
