"""Readings: the words of a text and their stems, read in steps, since a text may have a million characters."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Dict, Generator, List, NamedTuple, Optional, Tuple

from .packing import LAST_POSITION
from .text.numbers import forms_by_piece
from .text.signs import spelt_out, spelt_pieces
from .text.tokens import normal_form, normal_pieces, words_by_step

if TYPE_CHECKING:
    from .languages import Language

__all__ = ["Reading", "read", "reading", "words_of"]

# Distinct words of one document that count, the first ones: far more than people write, but a stem costs microseconds,
# and a memory of 1 MB may be noise.
_DISTINCT_WORDS = 20_000
# Signs of a step: a fraction of a millisecond.
_STEP = 256
# Stems of a step: accents make each of them cost several times as much.
_STEMS = 32
# Words that are counted in one step.
_MANY = 1 << 13
# Readings that are kept, for all keys: a load, or a call that is repeated, stores one text again and again. Of longer
# texts they would be large.
_MOST_KEPT = 16
_SHORT = 1_000


class Reading(NamedTuple):
    """The words of a document in order, those that get postings, and the stem of each of these; nobody changes them."""

    words: List[str]
    posted: List[str]
    stems: List[str]


_READINGS: Dict[Tuple[str, str], Reading] = {}


def words_of(text: str, language: Language) -> List[str]:
    """Return the words of a document in order, then other forms of its numbers; at most 20,000 distinct ones."""
    normal = spelt_out(normal_form(text))
    words: List[str] = []
    for some in words_by_step(text, language.stop_words, normal):
        words += some
    for forms in forms_by_piece(normal):
        words += forms
    return _counting(words)


def posted_words(words: List[str]) -> List[str]:
    """Return the words that get postings: each word past the last position gets one only."""
    return words if len(words) <= LAST_POSITION else [*words[:LAST_POSITION], *dict.fromkeys(words[LAST_POSITION:])]


def read(text: str, language: Language) -> Reading:
    """Read a text at once."""
    return _kept(text, language) or _read(text, language)


def _kept(text: str, language: Language) -> Optional[Reading]:
    return _READINGS.get((language.name, text)) if len(text) <= _SHORT else None


def _read(text: str, language: Language) -> Reading:
    words = words_of(text, language)
    posted = posted_words(words)
    return _keep(text, language, Reading(words, posted, list(map(language.stem, posted))))


def _keep(text: str, language: Language, found: Reading) -> Reading:
    if len(text) <= _SHORT:
        # Cleared as a whole, since threads share it without a lock.
        if len(_READINGS) >= _MOST_KEPT:
            _READINGS.clear()
        _READINGS[language.name, text] = found
    return found


def reading(text: str, language: Language) -> Generator[bool, None, Reading]:
    """Read a text in steps of a fraction of a millisecond, except for what only regular expressions do."""
    kept = _kept(text, language)
    if kept is not None:
        return kept
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
    for number, some in enumerate(words_by_step(text, language.stop_words, whole)):
        if number:
            yield True
        words += some
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
    return _keep(text, language, Reading(words, posted, stems))


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


def _counting(words: List[str]) -> List[str]:
    if len(words) > _DISTINCT_WORDS:
        kept = set(islice(dict.fromkeys(words), _DISTINCT_WORDS))
        words = [word for word in words if word in kept]
    return words
