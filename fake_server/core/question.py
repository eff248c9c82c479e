"""A question as what it asks for: each of its words, and the terms of an index that may answer it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple

from .correct import joined, nearest, parted
from .english import IRREGULAR, STOP_WORDS
from .words import pieces

__all__ = ["Lookup", "Wanted", "vocabulary", "wanted"]

Lookup = Callable[[str], Optional[int]]
"""Word to the number of its term, None where no memory holds it."""

# A question of 2 MB must be answered too, within a second: what is past these bounds does not count. Corrections
# are the dear part, each a pass over the vocabulary.
_CHARACTERS = 50_000
_CORRECTIONS = 32
# Nearer words are nearly always the right ones; past a few, the rest are noise that costs time.
_ALTERNATIVES = 8
# How fast a farther alternative loses weight against the nearest: 2 and 8 measured the same.
_STEEPNESS = 4


@dataclass(frozen=True)
class Wanted:
    """One word of a question: the terms that answer it with their weights (0 to 1), none where nothing is near it.

    `nearness` is 1 for a known word, the similarity of the best correction for another, 0 where there is none.
    """

    word: str
    terms: Tuple[Tuple[int, float], ...]
    nearness: float
    is_stop: bool


def vocabulary(words: Iterable[str]) -> List[str]:
    """Return the words that a misspelt word may mean, sorted, for an index that holds these."""
    # Stop words and irregular forms too: "wehn" means "when", and "boght" may ask for a "buy".
    return sorted({*words, *STOP_WORDS, *IRREGULAR})


def wanted(query: str, lookup: Lookup, vocabulary: Callable[[], Sequence[str]]) -> List[Wanted]:
    """Return what the question asks for in the order of its words, repeats included.

    `vocabulary` is called only where a word is unknown.
    """
    reader = _Reader(lookup, vocabulary)
    asked: List[Wanted] = []
    for word in _mended(query, lookup):
        asked.extend(reader.read(word))
    return asked


def _mended(query: str, lookup: Lookup) -> Iterator[str]:
    """Yield the words to look for: of a compound its known members, of two torn halves the whole."""
    known = _known(lookup)
    held: Optional[str] = None
    for piece in pieces(_beginning(query.strip())):
        word, *parts = piece
        if parts:
            if held is not None:
                yield held
                held = None
            yield from _members(word, parts, known)
            continue
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


def _beginning(query: str) -> str:
    # A word cut in two would be taken for a misspelt one.
    return query if len(query) <= _CHARACTERS else query[:_CHARACTERS].rsplit(maxsplit=1)[0]


def _members(whole: str, parts: List[str], known: Callable[[str], bool]) -> List[str]:
    # With the whole known, an unknown part is no misspelling; with the whole unknown, its parts are what is asked.
    return [whole, *filter(known, parts)] if known(whole) else parts


def _known(lookup: Lookup) -> Callable[[str], bool]:
    return lambda word: word in STOP_WORDS or lookup(word) is not None


class _Reader:
    """Reads words one by one, each distinct word once."""

    def __init__(self, lookup: Lookup, vocabulary: Callable[[], Sequence[str]]) -> None:
        self._lookup = lookup
        self._vocabulary = vocabulary
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
        # The vocabulary still has the words of removed memories, and forms of words that no memory holds.
        known = _known(self._lookup)
        near = [pair for pair in nearest(word, self._vocabulary()) if known(pair[0])]
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
            halves = parted(word, known)
            if halves is not None:
                return [part for half in halves for part in self._look(half)]
        return [Wanted(word, tuple(terms.items()), nearness, is_stop=False)]
