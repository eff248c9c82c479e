"""A question as what it asks for: each of its words, and the stems among an index's that may answer it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt
from typing import TYPE_CHECKING, Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple

from .numbers import with_known
from .tokens import pieces

if TYPE_CHECKING:
    from .documents import Holdings

__all__ = ["Answer", "Wanted", "wanted"]

# A question of 2 MB must be answered too, within a second: what is past these bounds does not count. Corrections
# are the dear part, each a pass over the vocabulary.
_CHARACTERS = 50_000
_WORDS = 25_000
_DISTINCT = 2_000
_CORRECTIONS = 32
# Nearer words are nearly always the right ones; past a few, the rest are noise that costs time.
_ALTERNATIVES = 8
# How fast a farther alternative loses weight against the nearest: 2 and 8 measured the same.
_STEEPNESS = 4
# Shorter halves of a word are found in too many others.
_SHORTEST_PART = 3


class Answer(NamedTuple):
    """A stem that answers a word, with its weight (0 to 1) and the word that was put right to find it, if so."""

    stem: str
    weight: float
    corrected: Optional[str]


@dataclass(frozen=True)
class Wanted:
    """One word of a question: what answers it, the heaviest first; nothing where no word of any memory is near it.

    A word is doubtful that no memory holds and that is nearest a little one: "hate" may be a misspelt "have", or not.
    """

    word: str
    answers: Tuple[Answer, ...]
    is_little: bool
    is_doubtful: bool = False


def wanted(query: str, known: Holdings) -> List[Wanted]:
    """Return what the question asks for in the order of its words, repeats included."""
    reader = _Reader(known)
    asked: List[Wanted] = []
    for word in reader.mended(query):
        asked.extend(reader.read(word))
        if reader.full or len(asked) >= _WORDS:
            break
    return asked


class _Reader:
    """Reads words one by one, each distinct word once."""

    def __init__(self, known: Holdings) -> None:
        self._known = known
        self._read: Dict[str, List[Wanted]] = {}
        self._corrections = 0

    def mended(self, query: str) -> Iterator[str]:
        """Yield the words to look for: of a compound its known members, of two torn halves the whole."""
        held: Optional[str] = None
        for piece in pieces(with_known(_beginning(query.strip()), self._is_known)):
            word, *parts = piece
            if parts:
                if held is not None:
                    yield held
                    held = None
                yield from self._members(word, parts)
                continue
            whole = None if held is None else _joined(held, word, self._is_known)
            if whole is not None:
                yield whole
                held = None
                continue
            if held is not None:
                yield held
            held = word
        if held is not None:
            yield held

    @property
    def full(self) -> bool:
        """Whether no more different words are to count."""
        return len(self._read) >= _DISTINCT

    def read(self, word: str) -> List[Wanted]:
        if word not in self._read:
            self._read[word] = self._look(word) or self._correct(word)
        return self._read[word]

    def _is_known(self, word: str) -> bool:
        return self._known.is_little(word) or self._known.lookup(word) is not None

    def _members(self, whole: str, parts: List[str]) -> List[str]:
        # With the whole known, an unknown part is no misspelling; with the whole unknown, its parts are what is asked.
        return [whole, *filter(self._is_known, parts)] if self._is_known(whole) else parts

    def _look(self, word: str, misspelt: Optional[str] = None) -> List[Wanted]:
        stem, is_little = self._known.lookup(word), self._known.is_little(word)
        if stem is None and not is_little:
            return []
        answers = () if stem is None else (Answer(stem, 1.0, word if misspelt else None),)
        return [Wanted(misspelt or word, answers, is_little)]

    def _correct(self, word: str) -> List[Wanted]:
        self._corrections += 1
        if self._corrections > _CORRECTIONS:
            return []
        # Of two as near, the one that a memory tells something by.
        near = sorted(self._known.nearest(word), key=lambda pair: (-pair[1], self._known.is_little(pair[0])))
        # Few slips are in the first letter, and "know" is no misspelt "now", nor "hand" an "and".
        if near and self._known.is_little(near[0][0]) and near[0][0][0] == word[0]:
            return [replace(one, is_doubtful=True) for one in self._look(near[0][0], misspelt=word)]
        answers: Dict[str, Answer] = {}
        for candidate, similarity in near:
            stem = None if self._known.is_little(candidate) else self._known.lookup(candidate)
            if stem is not None and stem not in answers:
                # The nearest is probably right, which is why it loses less than it is unlike.
                weight = sqrt(near[0][1]) * (similarity / near[0][1]) ** _STEEPNESS
                answers[stem] = Answer(stem, weight, candidate)
                if len(answers) == _ALTERNATIVES:
                    break
        if not answers:
            halves = _parted(word, self._is_known)
            if halves is not None:
                return [part for half in halves for part in self._look(half, misspelt=word)]
        return [Wanted(word, tuple(answers.values()), is_little=False)]


def _parted(word: str, known: Callable[[str], bool]) -> Optional[Tuple[str, str]]:
    """Return the two known words that were run together into this one, a long first one preferred, or None.

    A number is none of two: 5551234567 is not a misspelt 1234567.
    """
    if word.isdecimal():
        return None
    for at in range(len(word) - _SHORTEST_PART, _SHORTEST_PART - 1, -1):
        if known(word[:at]) and known(word[at:]):
            return word[:at], word[at:]
    return None


def _joined(first: str, second: str, known: Callable[[str], bool]) -> Optional[str]:
    """Return the known word that was torn into these two, of which one at least is unknown, or None."""
    if (known(first) and known(second)) or not known(first + second):
        return None
    return first + second


def _beginning(query: str) -> str:
    # A word cut in two would be taken for a misspelt one.
    return query if len(query) <= _CHARACTERS else query[:_CHARACTERS].rsplit(maxsplit=1)[0]
