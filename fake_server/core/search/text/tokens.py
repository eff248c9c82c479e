"""Tokens: a text as words in lower case, and neighbours that people write as one word; compounds are read beside it."""

from __future__ import annotations

import re
from itertools import chain
from typing import Callable, Dict, FrozenSet, Iterator, List, Optional, Sequence, Tuple, Union, cast

from .compounds import LONGEST, SEPARATORS, Token, token_of, tokens_of
from .folding import normalized, normalized_pieces, pieces
from .numbers import without_spaces
from .scripts import LETTERS, SPACED

__all__ = ["normal_form", "normal_pieces", "plain_tokens", "tokens", "words_by_step"]

_Known = Union[str, Tuple[Sequence[Union[str, Token]], Sequence[str], str]]
"""A chunk: its word if it is a plain one, or its tokens, their words, and its half.

That is its first form, if it may be one word with a neighbour, and "" if not.
"""

# What stands between two white spaces is read in pieces of so many characters, since each is one step of the reader.
_LONGEST_CHUNK = 1_024
# Chunks of a step, and characters of those that are no plain words: a fraction of a millisecond.
_STEP = 256
_EFFORT = 1_024
# The chunks that are kept, for all keys: most that people write come again, with the same mark behind them. They take
# one to three megabytes, and hostile ones sixteen. Longer ones seldom come again, and would be larger.
_MOST_KNOWN = 1 << 14
_LONGEST_KNOWN = 24
_MOST_WORDS = 8
# The first chunks of a text are kept, and have most of its words; the rest of a long one may be noise.
_TEACHING = 2_048
_OPENING = '("['
_CLOSING = '.,;:!?)"]'
_SYMBOLS = "\u2190-\u2bff\U0001f000-\U0001faff"
# With a prefix that makes a word or number a name (#8823, @maria, .NET, $5), or a suffix that does so (C++, A+).
_CHUNK = re.compile(
    rf"(?:(?<![^\s(\[{{\"'<])[#@$.])?{LETTERS}(?:(?:[{SEPARATORS}]|(?<=\d),(?=\d)){LETTERS})*(?:(?:\+\+?|#)(?!\w))?"
    rf"|[\U0001f1e6-\U0001f1ff]{{2}}|[{_SYMBOLS}]"
)
# Two words that people write as one: a name and its number (iPhone 16, gate B 42, ThinkPad X1), or the halves of a code
# (SW1A 1AA).
_LONGEST_NUMBER = 6
_LONGEST_HALF = 4
# II to XXXIX; longer ones are words too often.
_ROMAN = {
    f"{tens}{ones}": str(10 * ten + one)
    for ten, tens in enumerate(("", "X", "XX", "XXX"))
    for one, ones in enumerate(("", *["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"]))
    if len(tens + ones) > 1
}


class _Chunks(Dict[str, _Known]):
    """A cache of chunks as they are read whatever stands beside them, cleared when it is full."""

    def __missing__(self, chunk: str) -> _Known:
        known = _read(chunk)
        if len(chunk) <= _LONGEST_KNOWN and (isinstance(known, str) or len(known[1]) <= _MOST_WORDS):
            # Cleared as a whole, since threads share it without a lock.
            if len(self) >= _MOST_KNOWN:
                self.clear()
            self[chunk] = known
        return known


_KNOWN = _Chunks()


def tokens(text: str, stop_words: FrozenSet[str] = frozenset()) -> Iterator[Token]:
    """Yield the tokens of any text in order, in lower case; after a name and its number also both as one word.

    No stop word is taken for a name. A text without a letter, digit or symbol is one word; a blank text has none.
    """
    for found in plain_tokens(text, stop_words):
        yield Token((found,)) if isinstance(found, str) else found


def normal_form(text: str) -> str:
    """Return the normal form of a text."""
    return normalized(without_spaces(text)) if text.isascii() else "".join(normal_pieces(text))


def normal_pieces(text: str) -> Iterator[str]:
    """Yield the normal form of a text in pieces."""
    return normalized_pieces(map(without_spaces, pieces(text)), len(text))


def plain_tokens(
    text: str, stop_words: FrozenSet[str] = frozenset(), normal: Optional[str] = None
) -> Iterator[Union[str, Token]]:
    """Yield what `tokens` does, but each plain word as a string, which takes a fraction of the time.

    So is a character or a pair of a script without spaces. `normal` is the normal form of the text, if the caller has
    it.
    """
    found = False
    chunks = _chunks("".join(normal_pieces(text)) if normal is None else normal)
    for at, known in enumerate(map(_KNOWN.__getitem__, chunks)):
        if isinstance(known, str):
            found = True
            yield known
            continue
        some, _, half = known
        found = found or bool(some)
        yield from some
        if half:
            for pair in _pairs(chunks, at, half, stop_words):
                yield Token((pair,), is_pair=True)
    if not found and text.strip():
        yield token_of(text.strip())


def words_by_step(text: str, stop_words: FrozenSet[str], normal: str) -> Iterator[List[str]]:
    """Yield the words of the tokens of a text, those of a fraction of a millisecond at a time.

    They are its tokens in order, of each the forms and then the parts. `normal` is the normal form of the text.
    """
    found = False
    chunks = _chunks(normal)
    for first in range(0, len(chunks), _STEP):
        words: List[str] = []
        effort = 0
        lookup: Callable[[str], Optional[_Known]] = _KNOWN.__getitem__ if first < _TEACHING else _KNOWN.get
        for at, known in enumerate(map(lookup, chunks[first : first + _STEP]), first):
            if known is None:
                known = _read(chunks[at])  # noqa: PLW2901
            if isinstance(known, str):
                words.append(known)
                continue
            _, some, half = known
            words += some
            if half:
                words += _pairs(chunks, at, half, stop_words)
            effort += len(chunks[at])
            if effort > _EFFORT:
                found = True
                yield words
                words, effort = [], 0
        found = found or bool(words)
        yield words
    if not found and text.strip():
        yield [*_words_of((token_of(text.strip()),))]


def _chunks(normal: str) -> List[str]:
    """Return what stands between the white spaces of a text, in pieces."""
    chunks = normal.split()
    if len(normal) > _LONGEST_CHUNK and max(map(len, chunks), default=0) > _LONGEST_CHUNK:
        return [chunk[at : at + _LONGEST_CHUNK] for chunk in chunks for at in range(0, len(chunk), _LONGEST_CHUNK)]
    return chunks


def _read(chunk: str) -> _Known:
    """Return what a chunk is, whatever stands beside it."""
    # Most words of a text need no regular expression; the rest of indexing costs little.
    word = chunk.rstrip(_CLOSING).lstrip(_OPENING)
    some: Sequence[Union[str, Token]]
    if word.isalpha() and len(word) <= LONGEST and (word.isascii() or SPACED.fullmatch(word)):
        if word.islower() or word[1:].islower():
            return word.casefold()
        if word.isupper():
            if word not in _ROMAN:
                return word.casefold()
            some = (Token((word.casefold(), _ROMAN[word])),)
            return some, some[0].forms, ""
    if chunk.isdecimal() and chunk.isascii() and len(chunk) <= LONGEST:
        return (chunk,), (chunk,), chunk
    names = _CHUNK.findall(chunk)
    some = tokens_of(names[0]) if len(names) == 1 else [*chain.from_iterable(map(tokens_of, names))]
    if not some:
        return some, (), ""
    first = _first_form(some[0])
    return some, _words_of(some), first if _is_half(first) or first.isdecimal() else ""


def _words_of(some: Sequence[Union[str, Token]]) -> Sequence[str]:
    """Return the words of some tokens: the forms of each and its parts."""
    if len(some) > 1 and Token not in {*map(type, some)}:
        return cast("Sequence[str]", some)
    words: List[str] = []
    for one in some:
        if isinstance(one, str):
            words.append(one)
        else:
            words += one[0]  # its forms, by their place, since a name takes longer
            words += one[1]  # and its parts
    return words


def _pairs(chunks: List[str], at: int, first: str, stop_words: FrozenSet[str]) -> List[str]:
    """Return a half of a name or a number with the chunk before it, and with a plain one after it, as one word."""
    pairs: List[str] = []
    before, chunk = chunks[at - 1] if at else "", chunks[at]
    if before and before[-1].isalnum():
        name = _name_of(before)
        is_stop_word = name in stop_words and not (len(before) == 1 and before.isupper())
        is_plate = before.isupper() and name.isalpha() and 1 < len(name) < _LONGEST_HALF and _is_half(first)
        if name and not is_stop_word and (is_plate or _is_one_name(name, first)):
            pairs.append(name + first)
    if chunk[-1].isalnum() and at + 1 < len(chunks) and _is_half(first):
        half = chunks[at + 1].rstrip(_CLOSING)
        if len(half) <= _LONGEST_HALF and half.isupper() and half.isalpha():
            pairs.append(first + half.lower())
    return pairs


def _name_of(chunk: str) -> str:
    """Return a chunk as one word, "" if it is several."""
    word = chunk.lstrip(_OPENING)
    if word.isalnum():
        return word.casefold() if len(word) <= LONGEST else ""
    known = _KNOWN[chunk]
    if isinstance(known, str):
        return known
    return _first_form(known[0][0]) if len(known[0]) == 1 else ""


def _first_form(found: Union[str, Token]) -> str:
    """Return the exact form of a plain word or a token."""
    return found if isinstance(found, str) else found.forms[0]


def _is_one_name(before: str, after: str) -> bool:
    """Whether two neighbours may be written as one word."""
    if after.isdecimal():
        return len(after) <= _LONGEST_NUMBER and before.isalpha()
    return _is_half(after) and (_is_half(before) or (before.isalpha() and after[0].isalpha() and len(before) > 1))


def _is_half(word: str) -> bool:
    """Whether a word may be half of a code: the halves of SW1A 1AA, and the first of AB12 CDE."""
    return len(word) <= _LONGEST_HALF and word.isalnum() and not word.isalpha() and not word.isdecimal()
