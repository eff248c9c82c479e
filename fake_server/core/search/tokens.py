"""A text as words: case and accents folded, compounds whole and in parts, unspaced scripts in characters and pairs."""

from __future__ import annotations

import re
from hashlib import blake2b
from itertools import chain
from typing import Iterator, Tuple

from .folding import folded

__all__ = ["Piece", "pieces"]

Piece = Tuple[str, ...]
"""One word, or a compound: first the whole without its joints, then its parts."""

# Long enough for any word or address. What is longer (a digest, a blob of base64) is known by its beginning; and whole,
# by less of that and a digest of the rest, after a mark that stands in no word.
_LONGEST = 64
_HEAD = 48
_MARK = "\u2026"
_REST = 6  # bytes, so that two of a million are hardly ever alike

# Vowel signs and the like belong to a word, though the regular expressions of Python see no letters in them.
_SIGNS = "\u07a6-\u07b0\u0900-\u0963\u0966-\u0dff\u0f71-\u0fbc\u1b00-\u1b59\ua980-\ua9c0"
# Thai, Lao, Burmese, Khmer, kana, Han and Hangul, but for their stops: no spaces, or none that part the words people
# ask for.
_UNSPACED = (
    "\u0e00-\u0e4e\u0e50-\u0e59\u0e80-\u0eff\u1000-\u1049\u1050-\u109f\u1780-\u17d3\u17dc-\u17ff\u3005\u3041-\u3096"
    "\u30a1-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7a3\U00020000-\U0003134f"
)
# What a reader of those scripts sees as one character: vowels that stand before it, signs around it, stacked letters.
_CHARACTER = re.compile(
    "[\u0e40-\u0e44\u0ec0-\u0ec4]?.(?:[\u0e30-\u0e3a\u0e45\u0e47-\u0e4e\u0eb0-\u0ebc\u0ec8-\u0ecd\u102b-\u1038"
    "\u103a-\u103e\u1056-\u1059\u17b6-\u17d1\u17d3]|[\u1039\u17d2].?)*",
    re.DOTALL,
)
_OPENING = '("['
_CLOSING = '.,;:!?)"]'
_SYMBOLS = "\u2190-\u2bff\U0001f000-\U0001faff"
_LETTERS = rf"[\w{_SIGNS}{_UNSPACED}]+"
_JOINTS = "-@.:/'\u2019&+\u00b7"
# With the mark that makes a name of a word or number (#8823, @maria, .NET, $5), and of a letter another one (C++, A+).
_CHUNK = re.compile(
    rf"(?:(?<![^\s(\[{{\"'<])[#@$.])?{_LETTERS}(?:(?:[{_JOINTS}]|(?<=\d),(?=\d)){_LETTERS})*(?:(?:\+\+?|#)(?!\w))?"
    rf"|[\U0001f1e6-\U0001f1ff]{{2}}|[{_SYMBOLS}]"
)
_NAME = re.compile(r"([#@$.]?)(.*?)(\+\+?|#)?", re.DOTALL)
_JOINT = re.compile(rf"[{_JOINTS},_]+")
# The joints of a number matter: 1.5 is not 15, nor v2.3.1 v23.1.
_LOOSE_JOINT = re.compile(rf"(?<!\d)[{_JOINTS},_]+|[{_JOINTS},_]+(?!\d)")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# What a number is read by inside a longer name: v1.0.1 and T10:15 by 1.0.1 and 10:15, since with parts alone they pass
# for v1.1.0 and T15:10.
_NUMBER = re.compile(r"(?<!\d)\d+([.:-])\d+(?:\1\d+)*")
# 20mg is 20 mg, and 14th is 14; but b12 is a name.
_MEASURE = re.compile(r"(\d+)(?:st|nd|rd|th|s|([^\W\d_]{1,4}))")
_RUN = re.compile(rf"([{_UNSPACED}]+)")
_SHORTENED = re.compile(r"(.+)['\u2019](s|t|d|m|re|ve|ll)", re.IGNORECASE | re.DOTALL)
# 1,000 and 1,000.50; 1.000,50; 3,5. What none of them fits is a list.
_BY_COMMAS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_BY_DOTS = re.compile(r"(?<![\d.,])\d{1,3}(?:\.\d{3})+(?=,\d+(?![\d.,]))")
_DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d+),(?=\d+(?![\d.,]))")


def pieces(text: str) -> Iterator[Piece]:
    """Yield the words of any text in order, folded.

    A text without a letter, digit or symbol is one word; a blank one has none.
    """
    found = False
    for token in folded(text).split():
        # Most of what people write, found without an expression: adding a memory costs little else.
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
            for piece in _taken_apart(chunk):
                found = True
                yield piece
    if not found and text.strip():
        yield _word(text.strip())


def _word(word: str) -> Piece:
    """Return a word as a piece: a long one whole and by its beginning."""
    return (word,) if len(word) <= _LONGEST else (_whole(word), word[:_LONGEST])


def _whole(word: str) -> str:
    """Return a word of bounded length, another one for every word."""
    if len(word) <= _LONGEST:
        return word
    rest = blake2b(word[_HEAD:].encode("utf-8", "surrogatepass"), digest_size=_REST)
    return f"{word[:_HEAD]}{_MARK}{rest.hexdigest()}"


def _taken_apart(chunk: str) -> Iterator[Piece]:
    for position, run in enumerate(_RUN.split(chunk)):
        if position % 2:
            # Single characters are there for a question of one character; pairs carry the order.
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
        chunk = _counted(chunk)
    parts = [part for section in _JOINT.split(chunk) if section for part in _parts(section)]
    whole = _LOOSE_JOINT.sub("", chunk).casefold()
    if parts == [whole]:
        yield _word(whole)
    elif parts:
        numbers = [number[0] for number in _NUMBER.finditer(chunk) if number[0] != whole]
        shown = set(parts)
        hidden = [digits for number in numbers for digits in _JOINT.split(number) if digits not in shown]
        words = chain.from_iterable(_word(part) for part in (*numbers, *parts, *hidden))
        yield (_whole(whole), *words)


def _parts(section: str) -> Iterator[str]:
    """Yield what stands between the joints of a compound: its humps, or of a measure the number and its unit."""
    measure = _MEASURE.fullmatch(section.casefold())
    yield from filter(None, measure.groups()) if measure else map(str.casefold, _HUMP.split(section))


def _counted(chunk: str) -> str:
    """Return a chunk with its numbers written in one way: no mark of thousands, a dot before the decimals."""
    chunk = _BY_COMMAS.sub(lambda number: number[0].replace(",", ""), chunk)
    chunk = _BY_DOTS.sub(lambda number: number[0].replace(".", ""), chunk)
    return _DECIMAL_COMMA.sub(r"\1.", chunk)
