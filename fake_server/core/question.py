"""A question as what it asks for: each of its words, and the terms of an index that may answer it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Dict, Iterator, List, Optional, Sequence, Tuple

from .correct import joined, nearest, parted
from .english import IRREGULAR, STOP_WORDS
from .words import pieces

__all__ = ["Lookup", "Wanted", "wanted"]

Lookup = Callable[[str], Optional[int]]
"""Word to the number of its term, None where no memory holds it."""

# A question of 2 MB must be answered too, within a second: words past these bounds do not count. 32 corrections are
# the dear part, each a pass over the vocabulary.
_CHARACTERS = 50_000
_CORRECTIONS = 32
# Nearer words are nearly always the right ones; past a few, the rest are noise that costs time.
_ALTERNATIVES = 8
# How fast a farther alternative loses weight against the nearest: 2 and 8 measured the same.
_STEEPNESS = 4


@dataclass(frozen=True)
class Wanted:
    """One word of a question: the terms that answer it with their weights (0 to 1), none where nothing is near it.

    `nearness` is 1 for a known word, the similarity of the nearest known word for a corrected one, 0 for an unknown one.
    """

    word: str
    terms: Tuple[Tuple[int, float], ...]
    nearness: float
    is_stop: bool


def wanted(query: str, lookup: Lookup, words: Callable[[], Sequence[str]]) -> List[Wanted]:
    """Return what the question asks for in the order of its words, repeats included.

    `words` gives the vocabulary of the index and is called only where a word is unknown.
    """
    reader = _Reader(lookup, words)
    asked: List[Wanted] = []
    for word in _mended(query, lookup):
        asked.extend(reader.read(word))
    return asked


def _mended(query: str, lookup: Lookup) -> Iterator[str]:
    """Yield the words to look for: of a compound its known members, of two torn halves the whole."""
    known = _known(lookup)
    held: Optional[str] = None
    for piece in pieces(query.strip()[:_CHARACTERS]):
        if len(piece) > 1:
            if held is not None:
                yield held
                held = None
            yield from _members(piece, known)
            continue
        word = piece[0]
        whole = None if held is None else joined(held, word, known)
        if whole is not None:
            yield whole
            held = None
            continue
        if held is not None:
            yield held
        held = word
    if held is not None:
        yield held


def _members(piece: Sequence[str], known: Callable[[str], bool]) -> List[str]:
    whole, *parts = piece
    # With the whole known, an unknown part is no misspelling; with the whole unknown, its parts are what is asked.
    return [whole, *filter(known, parts)] if known(whole) else parts


def _known(lookup: Lookup) -> Callable[[str], bool]:
    return lambda word: word in STOP_WORDS or lookup(word) is not None


class _Reader:
    """Reads words one by one, each distinct word once."""

    def __init__(self, lookup: Lookup, words: Callable[[], Sequence[str]]) -> None:
        self._lookup = lookup
        self._words = words
        self._vocabulary: Sequence[str] = ()
        self._read: Dict[str, List[Wanted]] = {}
        self._corrections = 0

    def read(self, word: str) -> List[Wanted]:
        if word not in self._read:
            self._read[word] = self._look(word) or self._correct(word)
        return self._read[word]

    def _look(self, word: str) -> List[Wanted]:
        term = self._lookup(word)
        if term is None and word not in STOP_WORDS:
            return []
        terms = () if term is None else ((term, 1.0),)
        return [Wanted(word, terms, nearness=1.0, is_stop=word in STOP_WORDS)]

    def _correct(self, word: str) -> List[Wanted]:
        self._corrections += 1
        if self._corrections > _CORRECTIONS:
            return []
        if not self._vocabulary:
            # Stop words and irregular forms too: "wehn" means "when", and "boght" the "bought" of a memory with "buy".
            self._vocabulary = list(dict.fromkeys((*self._words(), *sorted(STOP_WORDS), *IRREGULAR)))
        near = nearest(word, self._vocabulary)
        if near and near[0][0] in STOP_WORDS:
            return self._look(near[0][0])
        terms: Dict[int, float] = {}
        nearness = 0.0
        for candidate, similarity in near:
            term = None if candidate in STOP_WORDS else self._lookup(candidate)
            if term is not None and term not in terms:
                nearness = nearness or similarity
                terms[term] = (similarity / nearness) ** _STEEPNESS
                if len(terms) == _ALTERNATIVES:
                    break
        if not terms:
            halves = parted(word, _known(self._lookup))
            if halves is not None:
                return [part for half in halves for part in self._look(half)]
        return [Wanted(word, tuple(terms.items()), nearness, is_stop=False)]
