"""Readings: the words of a text and their stems, read in steps, since a text may have a million characters."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Dict, Generator, Iterable, List, NamedTuple, Union

from .packing import LAST_POSITION
from .text.compounds import Token
from .text.numbers import forms_by_piece, number_forms
from .text.signs import spelt_out, spelt_pieces
from .text.tokens import normal_pieces, plain_tokens

if TYPE_CHECKING:
    from .languages import Language

__all__ = ["Reading", "read", "reading", "words_of"]

# Distinct words of one document that count, the first ones: far more than people write, but a stem costs microseconds,
# and a memory of 1 MB may be noise.
_DISTINCT_WORDS = 20_000
# Words of a step: a fraction of a millisecond.
_STEP = 256
# Stems of a step: accents make each of them cost several times as much.
_STEMS = 32
# Tokens that are taken at once: one may have hundreds of words.
_TOKENS = 4
# A token of more letters was read from a thousand characters without white space.
_LONG = 60
# Words that are counted in one step.
_MANY = 1 << 13


class Reading(NamedTuple):
    """The words of a document in order, those that get postings, and the stem of each of these."""

    words: List[str]
    posted: List[str]
    stems: List[str]


def words_of(text: str, language: Language) -> List[str]:
    """Return the words of a document in order, then other forms of its numbers; at most 20,000 distinct ones."""
    words: List[str] = []
    normal = spelt_out("".join(normal_pieces(text)))
    _extend(words, plain_tokens(text, language.stop_words, normal))
    return _counting([*words, *number_forms(normal)])


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
    normal: List[str] = []
    for piece in normal_pieces(text):
        if normal:
            yield True
        normal.append(piece)
    words: List[str] = []
    spelt: List[str] = []
    for number, piece in enumerate(spelt_pieces("".join(normal)), 1):
        if not number % _STEP:
            yield True
        spelt.append(piece)
    whole = "".join(spelt)
    found = plain_tokens(text, language.stop_words, whole)
    effort = 0
    while True:
        some = list(islice(found, _TOKENS))
        before = len(words)
        _extend(words, some)
        if len(some) < _TOKENS:
            break
        effort += _STEP if any(map(_is_long, some)) else len(words) - before
        if effort >= _STEP:
            effort = 0
            yield True
    for number, forms in enumerate(forms_by_piece(whole)):
        if number:
            yield True
        words += forms
    words = yield from _counting_in_steps(words)
    posted = yield from _posted_in_steps(words)
    stems: List[str] = []
    for start in range(0, len(posted), _STEMS):
        if start:
            yield True
        stems.extend(map(language.stem, posted[start : start + _STEMS]))
    return Reading(words, posted, stems)


def _is_long(found: Union[str, Token]) -> bool:
    """Whether a token was read from a thousand characters without white space."""
    return not isinstance(found, str) and len(found.forms[0]) > _LONG


def _counting_in_steps(words: List[str]) -> Generator[bool, None, List[str]]:
    if len(words) <= _DISTINCT_WORDS:
        return words
    kept: Dict[str, None] = {}
    counting: List[str] = []
    for start in range(0, len(words), _MANY):
        yield True
        some = words[start : start + _MANY]
        if len(kept) < _DISTINCT_WORDS:
            kept.update(dict.fromkeys(some))
            kept = dict.fromkeys(islice(kept, _DISTINCT_WORDS))
        counting += filter(kept.__contains__, some)
    return counting


def _posted_in_steps(words: List[str]) -> Generator[bool, None, List[str]]:
    if len(words) <= LAST_POSITION:
        return words
    rest: Dict[str, None] = {}
    for start in range(LAST_POSITION, len(words), _MANY):
        if rest:
            yield True
        rest.update(dict.fromkeys(words[start : start + _MANY]))
    return [*words[:LAST_POSITION], *rest]


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
