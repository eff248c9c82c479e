"""Tokens: a text as words in lower case, and neighbours that people write as one word; compounds are read beside it."""

from __future__ import annotations

import re
from typing import FrozenSet, Iterator, List, Optional, Union

from .compounds import LONGEST, SEPARATORS, Token, token_of, tokens_of
from .folding import normalized_pieces, pieces
from .numbers import without_spaces
from .scripts import LETTERS, SPACED

__all__ = ["normal_pieces", "plain_tokens", "tokens"]


# What stands between two white spaces is read in pieces of so many characters, since each is one step of the reader.
_LONGEST_CHUNK = 1_024
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


def tokens(text: str, stop_words: FrozenSet[str] = frozenset()) -> Iterator[Token]:
    """Yield the tokens of any text in order, in lower case; after a name and its number also both as one word.

    No stop word is taken for a name. A text without a letter, digit or symbol is one word; a blank text has none.
    """
    for found in plain_tokens(text, stop_words):
        yield Token((found,)) if isinstance(found, str) else found


def normal_pieces(text: str) -> Iterator[str]:
    """Yield the normal form of a text in pieces."""
    return normalized_pieces(map(without_spaces, pieces(text)))


def plain_tokens(
    text: str, stop_words: FrozenSet[str] = frozenset(), normal: Optional[str] = None
) -> Iterator[Union[str, Token]]:
    """Yield what `tokens` does, but each plain word as a string, which takes a fraction of the time.

    So is a character or a pair of a script without spaces. `normal` is the normal form of the text, if the caller has
    it.
    """
    found = False
    chunks = ("".join(normal_pieces(text)) if normal is None else normal).split()
    if max(map(len, chunks), default=0) > _LONGEST_CHUNK:
        chunks = [chunk[at : at + _LONGEST_CHUNK] for chunk in chunks for at in range(0, len(chunk), _LONGEST_CHUNK)]
    for at, chunk in enumerate(chunks):
        # Most words of a text need no regular expression; the rest of indexing costs little.
        word = chunk.rstrip(_CLOSING).lstrip(_OPENING)
        if word.isalpha() and len(word) <= LONGEST and (word.isascii() or SPACED.fullmatch(word)):
            if word.islower() or word[1:].islower():
                found = True
                yield word.casefold()
                continue
            if word.isupper():
                found = True
                yield Token((word.casefold(), _ROMAN[word])) if word in _ROMAN else word.casefold()
                continue
        if chunk.isdecimal() and chunk.isascii() and len(chunk) <= LONGEST:
            some: List[Union[str, Token]] = [chunk]
        else:
            some = [token for name in _CHUNK.findall(chunk) for token in tokens_of(name)]
        yield from some
        found = found or bool(some)
        if some:
            before = chunks[at - 1] if at else ""
            yield from _pairs(before, some, chunk, chunks[at + 1] if at + 1 < len(chunks) else "", stop_words)
    if not found and text.strip():
        yield token_of(text.strip())


def _pairs(
    before: str, some: List[Union[str, Token]], chunk: str, after: str, stop_words: FrozenSet[str]
) -> Iterator[Token]:
    """Yield a chunk that is no plain word with the one before it, and with a plain one after it, as one word."""
    first = _first_form(some[0])
    if before and before[-1].isalnum() and (_is_half(first) or first.isdecimal()):
        name = _name_of(before)
        is_stop_word = name in stop_words and not (len(before) == 1 and before.isupper())
        is_plate = before.isupper() and name.isalpha() and 1 < len(name) < _LONGEST_HALF and _is_half(first)
        if name and not is_stop_word and (is_plate or _is_one_name(name, first)):
            yield Token((name + first,), is_pair=True)
    half = after.rstrip(_CLOSING)
    if chunk[-1].isalnum() and len(half) <= _LONGEST_HALF and half.isupper() and half.isalpha() and _is_half(first):
        yield Token((first + half.lower(),), is_pair=True)


def _name_of(chunk: str) -> str:
    """Return a chunk as one word, "" if it is several."""
    word = chunk.lstrip(_OPENING)
    if word.isalnum():
        return word.casefold() if len(word) <= LONGEST else ""
    some = [token for name in _CHUNK.findall(chunk) for token in tokens_of(name)]
    return _first_form(some[0]) if len(some) == 1 else ""


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
