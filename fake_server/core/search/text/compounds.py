"""Compounds: one run of letters and separators as names, numbers and codes, each whole and in its parts."""

from __future__ import annotations

import re
from hashlib import blake2b
from itertools import chain
from operator import add
from typing import Iterator, List, NamedTuple, Tuple, Union

from .scripts import UNSPACED_RUN, characters_of

__all__ = ["LONGEST", "SEPARATORS", "Token", "token_of", "tokens_of"]


class Token(NamedTuple):
    """One word, or a compound.

    `forms` are the ways to write the whole, the exact one first: without its separators, except those between digits,
    and without any. By its `parts` a compound is found too. The `number` of a name such as iphone16 is asked for if no
    form is known. A pair is the two tokens before it, written as one word.
    """

    forms: Tuple[str, ...]
    parts: Tuple[str, ...] = ()
    number: Tuple[str, ...] = ()
    is_pair: bool = False


# Long enough for any word or address. Anything longer (a digest, a blob of base64) is found by its beginning, and whole
# by a shorter beginning and a digest of the rest, after a mark that occurs in no word.
LONGEST = 64
_HEAD = 48
_MARK = "\u2026"
_REST = 6  # bytes, so that two of a million are hardly ever alike

SEPARATORS = "-@.:/'\u2019&+\u00b7"
_NAME = re.compile(r"([#@$.]?)(.*?)(\+\+?|#)?", re.DOTALL)
_SEPARATOR = re.compile(rf"[{SEPARATORS},_]+")
# The separators of a number matter: 1.5 is not 15, nor v2.3.1 v23.1.
_LOOSE_SEPARATOR = re.compile(rf"(?<!\d)[{SEPARATORS},_]+|[{SEPARATORS},_]+(?!\d)")
_CAMEL_CASE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# A number inside a longer name, such as 1.0.1 in v1.0.1 and 10:15 in T10:15: by their parts alone these are the same as
# v1.1.0 and T15:10.
_NUMBER = re.compile(r"(?<!\d)\d+([.:-])\d+(?:\1\d+)*")
# 20mg is 20 mg, and 14th is 14; but b12 is a name.
_MEASURE = re.compile(r"(\d+)(?:st|nd|rd|th|s|([kcm]?m[23]|[^\W\d_]{1,4}))")
# 4x4 is 4 x 4.
_TIMES = re.compile(r"([^\W\d_]?\d+)(x)(\d+)([^\W\d_]{1,4})?")
# iphone16 is iphone 16; but the number of a name is no number by itself.
_NUMBERED = re.compile(r"([^\W\d_]{2,})(\d+)")
# A code of letters and digits, such as a UUID or the address of a network card, is the same without its separators.
_CODE = re.compile(r"[^\W_]+(?:(?:[-.][^\W_]+)+|(?::[^\W_]+)+)")
_SHORTEST_CODE = 8
_SHORTENED = re.compile(r"(.+)['\u2019](s|t|d|m|re|ve|ll)", re.IGNORECASE | re.DOTALL)
# 1,000 and 1,000.50; 1'000 and 1_000; 12,34,567; 1.000,50; 3,5. Anything else with commas is a list.
_GROUPED = re.compile(r"(?<![\d.,'\u2019_])\d{1,3}(?:(?:['\u2019]\d{3})+|(?:_\d{3})+)(?![\d,'\u2019_])")
_BY_LAKHS = re.compile(r"(?<![\d.,])\d{1,2}(?:,\d{2})+,\d{3}(?![\d,])")
_BY_COMMAS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_BY_DOTS = re.compile(r"(?<![\d.,])\d{1,3}(?:\.\d{3})+(?=,\d+(?![\d.,]))")
_NO_CENTS = re.compile(r"(?<![\d.,])(\d{3,})\.00(?![\d.,])")
# 09:30, 9:30 and 9h30.
_TIME = re.compile(r"0?(\d{1,2})[:h]([0-5]\d(?::[0-5]\d)?(?:[ap]m)?)", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d+),(?=\d+(?![\d.,]))")


def token_of(word: str) -> Token:
    """Return a word as a token: a long word whole, then its beginning."""
    return Token((word,)) if len(word) <= LONGEST else Token((_whole(word),), (word[:LONGEST],))


def _whole(word: str) -> str:
    """Return a word of bounded length, different for every word."""
    if len(word) <= LONGEST:
        return word
    rest = blake2b(word[_HEAD:].encode("utf-8", "surrogatepass"), digest_size=_REST)
    return f"{word[:_HEAD]}{_MARK}{rest.hexdigest()}"


def tokens_of(chunk: str) -> List[Union[str, Token]]:
    """Return the tokens of a run of letters and separators, the characters and pairs of unspaced scripts as strings."""
    if chunk.isascii():
        return [*_named(chunk)]
    some: List[Union[str, Token]] = []
    for position, run in enumerate(UNSPACED_RUN.split(chunk)):
        if position % 2:
            # Single characters are for a query of one character; pairs keep the order.
            characters = characters_of(run)
            both = chain(characters, map(add, characters, characters[1:]))
            some += both if len(run) <= LONGEST else map(_whole, both)
        elif run:
            some += _named(run)
    return some


def _named(chunk: str) -> Iterator[Token]:
    name = _NAME.fullmatch(chunk)
    before, word, after = (name[1], name[2], name[3] or "") if name else ("", chunk, "")
    for token in _compound(word):
        if before or after:
            token = Token((_whole(f"{before}{token.forms[0]}{after}"),), token.forms + token.parts)  # noqa: PLW2901
        yield token


def _compound(chunk: str) -> Iterator[Token]:
    short = _SHORTENED.fullmatch(chunk)
    if short:
        chunk = short[1] if short[2].lower() == "s" else short[1] + short[2]
    time = _TIME.fullmatch(chunk)
    if time:
        chunk = f"{time[1]}:{time[2]}"
    elif not chunk.isalnum():
        chunk = _normalized(chunk)
    sections = [section for section in _SEPARATOR.split(chunk) if section]
    parts = [part for section in sections for part in _parts(section)]
    whole = _LOOSE_SEPARATOR.sub("", chunk).casefold()
    if parts == [whole]:
        yield token_of(whole)
    elif parts:
        numbers = [number[0] for number in _NUMBER.finditer(chunk) if number[0] != whole]
        shown = set(parts)
        hidden = [digits for number in numbers for digits in _SEPARATOR.split(number) if digits not in shown]
        words = [part for part in (*numbers, *parts, *hidden) if part != whole]
        numbered = _NUMBERED.fullmatch(sections[0]) if len(sections) == 1 else None
        yield Token(
            (_whole(whole), *_joined(chunk, whole)),
            tuple(chain.from_iterable(token_of(part).forms + token_of(part).parts for part in words)),
            (numbered[2],) if numbered else (),
        )


def _joined(chunk: str, whole: str) -> Tuple[str, ...]:
    """Return a code without its separators, if those between digits were left in the whole."""
    if not _CODE.fullmatch(chunk):
        return ()
    joined = _SEPARATOR.sub("", chunk).casefold()
    is_code = len(joined) >= _SHORTEST_CODE and not joined.isdecimal() and joined != whole
    return (_whole(joined),) if is_code else ()


def _parts(section: str) -> Iterator[str]:
    """Yield the parts between separators: those of camel case, a number and its unit, a name and its letters."""
    measure = _MEASURE.fullmatch(section.casefold()) or _TIMES.fullmatch(section.casefold())
    if measure:
        yield from filter(None, measure.groups())
        return
    numbered = _NUMBERED.fullmatch(section)
    if numbered:
        yield section.casefold()
        humps = _CAMEL_CASE.split(numbered[1])
        yield from map(str.casefold, (numbered[1], *humps) if len(humps) > 1 else humps)
        return
    yield from map(str.casefold, _CAMEL_CASE.split(section))


def _normalized(chunk: str) -> str:
    """Return a chunk with its numbers in one form: no thousands separator, a dot before the decimals."""
    chunk = _GROUPED.sub(lambda number: re.sub(r"\D", "", number[0]), chunk)
    if "," not in chunk:
        return _NO_CENTS.sub(r"\1", chunk)
    chunk = _BY_LAKHS.sub(lambda number: number[0].replace(",", ""), chunk)
    chunk = _BY_COMMAS.sub(lambda number: number[0].replace(",", ""), chunk)
    chunk = _BY_DOTS.sub(lambda number: number[0].replace(".", ""), chunk)
    return _NO_CENTS.sub(r"\1", _DECIMAL_COMMA.sub(r"\1.", chunk))
