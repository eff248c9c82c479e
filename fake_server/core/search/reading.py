"""Readings: the words of a text and their stems, read in steps, since a text may have a million characters."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Generator, Iterable, List, NamedTuple, Union

from .numbers import number_forms
from .packing import LAST_POSITION
from .tokens import Token, plain_tokens

if TYPE_CHECKING:
    from .languages import Language

__all__ = ["Reading", "posted_words", "read", "reading", "words_of"]

# Distinct words of one document that count, the first ones: far more than people write, but a stem costs microseconds,
# and a memory of 1 MB may be noise.
_DISTINCT_WORDS = 20_000
# Words of a step: a fraction of a millisecond.
_STEP = 256
# Tokens that are taken at once: one may have hundreds of words.
_TOKENS = 4


class Reading(NamedTuple):
    """The words of a document in order, those that get postings, and the stem of each of these."""

    words: List[str]
    posted: List[str]
    stems: List[str]


def words_of(text: str, language: Language) -> List[str]:
    """Return the words of a document in order, then other forms of its numbers; at most 20,000 distinct ones."""
    words: List[str] = []
    _extend(words, plain_tokens(text, language.stop_words))
    return _counting([*words, *number_forms(text)])


def posted_words(words: List[str]) -> List[str]:
    """Return the words that get postings: each word past the last position gets one only."""
    return words if len(words) <= LAST_POSITION else [*words[:LAST_POSITION], *dict.fromkeys(words[LAST_POSITION:])]


def read(text: str, language: Language) -> Reading:
    """Read a text at once."""
    words = words_of(text, language)
    posted = posted_words(words)
    return Reading(words, posted, list(map(language.stem, posted)))


def reading(text: str, language: Language) -> Generator[bool, None, Reading]:
    """Read a text in steps of a fraction of a millisecond, except for what only regular expressions do."""
    words: List[str] = []
    found = plain_tokens(text, language.stop_words)
    reach = _STEP
    while True:
        some = list(islice(found, _TOKENS))
        _extend(words, some)
        if len(some) < _TOKENS:
            break
        if len(words) >= reach:
            reach = len(words) + _STEP
            yield True
    words = _counting([*words, *number_forms(text)])
    posted = posted_words(words)
    stems: List[str] = []
    for start in range(0, len(posted), _STEP):
        if start:
            yield True
        stems.extend(map(language.stem, posted[start : start + _STEP]))
    return Reading(words, posted, stems)


def _extend(words: List[str], found: Iterable[Union[str, Token]]) -> None:
    for one in found:
        if isinstance(one, str):
            words.append(one)
        else:
            words += one[0]  # its forms, by their place, since a name takes longer
            words += one[1]  # and its parts


def _counting(words: List[str]) -> List[str]:
    if len(words) > _DISTINCT_WORDS:
        kept = set(islice(dict.fromkeys(words), _DISTINCT_WORDS))
        words = [word for word in words if word in kept]
    return words
