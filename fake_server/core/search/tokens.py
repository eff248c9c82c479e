"""Tokens: a text as folded words, compounds whole and in parts, unspaced scripts in characters and pairs."""

from __future__ import annotations

import re
from hashlib import blake2b
from itertools import chain
from typing import Iterator, Tuple

from .folding import folded

__all__ = ["Piece", "pieces"]

Piece = Tuple[str, ...]
"""One word, or a compound: first the whole without its separators, then its parts."""

# Long enough for any word or address. Anything longer (a digest, a blob of base64) is found by its beginning, and whole
# by a shorter beginning and a digest of the rest, after a mark that occurs in no word.
_LONGEST = 64
_HEAD = 48
_MARK = "\u2026"
_REST = 6  # bytes, so that two of a million are hardly ever alike

# Vowel signs belong to a word, although the regular expressions of Python do not match them as letters.
_SIGNS = "\u07a6-\u07b0\u0900-\u0963\u0966-\u0dff\u0f71-\u0fbc\u1b00-\u1b59\ua980-\ua9c0"
# Thai, Lao, Burmese, Khmer, kana, Han and Hangul, except their punctuation: they have no spaces, or none between the
# words that people ask for.
_UNSPACED = (
    "\u0e00-\u0e4e\u0e50-\u0e59\u0e80-\u0eff\u1000-\u1049\u1050-\u109f\u1780-\u17d3\u17dc-\u17ff\u3005\u3041-\u3096"
    "\u30a1-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7a3\U00020000-\U0003134f"
)
# What a reader of those scripts sees as one character: with vowels before it, signs around it, stacked letters.
_CHARACTER = re.compile(
    "[\u0e40-\u0e44\u0ec0-\u0ec4]?.(?:[\u0e30-\u0e3a\u0e45\u0e47-\u0e4e\u0eb0-\u0ebc\u0ec8-\u0ecd\u102b-\u1038"
    "\u103a-\u103e\u1056-\u1059\u17b6-\u17d1\u17d3]|[\u1039\u17d2].?)*",
    re.DOTALL,
)
_OPENING = '("['
_CLOSING = '.,;:!?)"]'
_SYMBOLS = "\u2190-\u2bff\U0001f000-\U0001faff"
_LETTERS = rf"[\w{_SIGNS}{_UNSPACED}]+"
_SEPARATORS = "-@.:/'\u2019&+\u00b7"
# With a prefix that makes a word or number a name (#8823, @maria, .NET, $5), or a suffix that does so (C++, A+).
_CHUNK = re.compile(
    rf"(?:(?<![^\s(\[{{\"'<])[#@$.])?{_LETTERS}(?:(?:[{_SEPARATORS}]|(?<=\d),(?=\d)){_LETTERS})*(?:(?:\+\+?|#)(?!\w))?"
    rf"|[\U0001f1e6-\U0001f1ff]{{2}}|[{_SYMBOLS}]"
)
_NAME = re.compile(r"([#@$.]?)(.*?)(\+\+?|#)?", re.DOTALL)
_SEPARATOR = re.compile(rf"[{_SEPARATORS},_]+")
# The separators of a number matter: 1.5 is not 15, nor v2.3.1 v23.1.
_LOOSE_SEPARATOR = re.compile(rf"(?<!\d)[{_SEPARATORS},_]+|[{_SEPARATORS},_]+(?!\d)")
_CAMEL_CASE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# A number inside a longer name, such as 1.0.1 in v1.0.1 and 10:15 in T10:15: by their parts alone these are the same as
# v1.1.0 and T15:10.
_NUMBER = re.compile(r"(?<!\d)\d+([.:-])\d+(?:\1\d+)*")
# 20mg is 20 mg, and 14th is 14; but b12 is a name.
_MEASURE = re.compile(r"(\d+)(?:st|nd|rd|th|s|([^\W\d_]{1,4}))")
_RUN = re.compile(rf"([{_UNSPACED}]+)")
_SHORTENED = re.compile(r"(.+)['\u2019](s|t|d|m|re|ve|ll)", re.IGNORECASE | re.DOTALL)
# 1,000 and 1,000.50; 1.000,50; 3,5. Anything else with commas is a list.
_BY_COMMAS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_BY_DOTS = re.compile(r"(?<![\d.,])\d{1,3}(?:\.\d{3})+(?=,\d+(?![\d.,]))")
_DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d+),(?=\d+(?![\d.,]))")


def pieces(text: str) -> Iterator[Piece]:
    """Yield the folded words of any text in order.

    A text without a letter, digit or symbol is one word; a blank text has none.
    """
    found = False
    for token in folded(text).split():
        # Most words of a text need no regular expression; the rest of indexing costs little.
        word = token.rstrip(_CLOSING).lstrip(_OPENING)
        if (
            len(word) <= _LONGEST
            and word.isalpha()
            and word.isascii()
            and (word.islower() or word[1:].islower() or word.isupper())
        ):
            found = True
            yield (word.lower(),)
            continue
        for chunk in _CHUNK.findall(token):
            for piece in _pieces_of(chunk):
                found = True
                yield piece
    if not found and text.strip():
        yield _word(text.strip())


def _word(word: str) -> Piece:
    """Return a word as a piece: a long word whole, then its beginning."""
    return (word,) if len(word) <= _LONGEST else (_whole(word), word[:_LONGEST])


def _whole(word: str) -> str:
    """Return a word of bounded length, different for every word."""
    if len(word) <= _LONGEST:
        return word
    rest = blake2b(word[_HEAD:].encode("utf-8", "surrogatepass"), digest_size=_REST)
    return f"{word[:_HEAD]}{_MARK}{rest.hexdigest()}"


def _pieces_of(chunk: str) -> Iterator[Piece]:
    for position, run in enumerate(_RUN.split(chunk)):
        if position % 2:
            # Single characters are for a query of one character; pairs keep the order.
            characters = _CHARACTER.findall(run)
            yield from ((_whole(character),) for character in characters)
            yield from ((_whole(first + second),) for first, second in zip(characters, characters[1:]))
        elif run:
            yield from _named(run)


def _named(chunk: str) -> Iterator[Piece]:
    name = _NAME.fullmatch(chunk)
    before, word, after = (name[1], name[2], name[3] or "") if name else ("", chunk, "")
    for piece in _compound(word):
        yield (_whole(f"{before}{piece[0]}{after}"), *piece) if before or after else piece


def _compound(chunk: str) -> Iterator[Piece]:
    short = _SHORTENED.fullmatch(chunk)
    if short:
        chunk = short[1] if short[2].lower() == "s" else short[1] + short[2]
    if "," in chunk:
        chunk = _normalized(chunk)
    parts = [part for section in _SEPARATOR.split(chunk) if section for part in _parts(section)]
    whole = _LOOSE_SEPARATOR.sub("", chunk).casefold()
    if parts == [whole]:
        yield _word(whole)
    elif parts:
        numbers = [number[0] for number in _NUMBER.finditer(chunk) if number[0] != whole]
        shown = set(parts)
        hidden = [digits for number in numbers for digits in _SEPARATOR.split(number) if digits not in shown]
        words = chain.from_iterable(_word(part) for part in (*numbers, *parts, *hidden))
        yield (_whole(whole), *words)


def _parts(section: str) -> Iterator[str]:
    """Yield the parts between separators: those of camel case, or the number and unit of a measure."""
    measure = _MEASURE.fullmatch(section.casefold())
    yield from filter(None, measure.groups()) if measure else map(str.casefold, _CAMEL_CASE.split(section))


def _normalized(chunk: str) -> str:
    """Return a chunk with its numbers in one form: no thousands separator, a dot before the decimals."""
    chunk = _BY_COMMAS.sub(lambda number: number[0].replace(",", ""), chunk)
    chunk = _BY_DOTS.sub(lambda number: number[0].replace(".", ""), chunk)
    return _DECIMAL_COMMA.sub(r"\1.", chunk)
