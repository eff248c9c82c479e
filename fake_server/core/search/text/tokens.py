"""Tokens: a text as words in lower case, compounds whole and in parts, unspaced scripts in characters and pairs."""

from __future__ import annotations

import re
from hashlib import blake2b
from itertools import chain
from operator import add
from typing import FrozenSet, Iterator, List, NamedTuple, Optional, Tuple, Union

from .folding import normalized_pieces, pieces
from .numbers import without_spaces
from .scripts import CHARACTER, LETTERS, SPACED, UNSPACED_RUN

__all__ = ["Token", "normal_pieces", "plain_tokens", "tokens"]


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
_LONGEST = 64
_HEAD = 48
_MARK = "\u2026"
# What stands between two white spaces is read in pieces of so many characters, since each is one step of the reader.
_LONGEST_CHUNK = 1_024
_REST = 6  # bytes, so that two of a million are hardly ever alike

_OPENING = '("['
_CLOSING = '.,;:!?)"]'
_SYMBOLS = "\u2190-\u2bff\U0001f000-\U0001faff"
_SEPARATORS = "-@.:/'\u2019&+\u00b7"
# With a prefix that makes a word or number a name (#8823, @maria, .NET, $5), or a suffix that does so (C++, A+).
_CHUNK = re.compile(
    rf"(?:(?<![^\s(\[{{\"'<])[#@$.])?{LETTERS}(?:(?:[{_SEPARATORS}]|(?<=\d),(?=\d)){LETTERS})*(?:(?:\+\+?|#)(?!\w))?"
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
_MEASURE = re.compile(r"(\d+)(?:st|nd|rd|th|s|([kcm]?m[23]|[^\W\d_]{1,4}))")
# 4x4 is 4 x 4.
_TIMES = re.compile(r"([^\W\d_]?\d+)(x)(\d+)([^\W\d_]{1,4})?")
# iphone16 is iphone 16; but the number of a name is no number by itself.
_NUMBERED = re.compile(r"([^\W\d_]{2,})(\d+)")
# A code of letters and digits, such as a UUID or the address of a network card, is the same without its separators.
_CODE = re.compile(r"[^\W_]+(?:(?:[-.][^\W_]+)+|(?::[^\W_]+)+)")
_SHORTEST_CODE = 8
# Two words that people write as one: a name and its number (iPhone 16, gate B 42, ThinkPad X1), or the halves of a code
# (SW1A 1AA).
_LONGEST_NUMBER = 6
_LONGEST_HALF = 4
_SHORTENED = re.compile(r"(.+)['\u2019](s|t|d|m|re|ve|ll)", re.IGNORECASE | re.DOTALL)
# 1,000 and 1,000.50; 1'000 and 1_000; 12,34,567; 1.000,50; 3,5. Anything else with commas is a list.
_GROUPED = re.compile(r"(?<![\d.,'\u2019_])\d{1,3}(?:(?:['\u2019]\d{3})+|(?:_\d{3})+)(?![\d,'\u2019_])")
_BY_LAKHS = re.compile(r"(?<![\d.,])\d{1,2}(?:,\d{2})+,\d{3}(?![\d,])")
_BY_COMMAS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_BY_DOTS = re.compile(r"(?<![\d.,])\d{1,3}(?:\.\d{3})+(?=,\d+(?![\d.,]))")
_NO_CENTS = re.compile(r"(?<![\d.,])(\d{3,})\.00(?![\d.,])")
# 09:30, 9:30 and 9h30.
_TIME = re.compile(r"0?(\d{1,2})[:h]([0-5]\d(?::[0-5]\d)?(?:[ap]m)?)", re.IGNORECASE)
# II to XXXIX; longer ones are words too often.
_ROMAN = {
    f"{tens}{ones}": str(10 * ten + one)
    for ten, tens in enumerate(("", "X", "XX", "XXX"))
    for one, ones in enumerate(("", *["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"]))
    if len(tens + ones) > 1
}
_DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d+),(?=\d+(?![\d.,]))")


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
        if word.isalpha() and len(word) <= _LONGEST and (word.isascii() or SPACED.fullmatch(word)):
            if word.islower() or word[1:].islower():
                found = True
                yield word.casefold()
                continue
            if word.isupper():
                found = True
                yield Token((word.casefold(), _ROMAN[word])) if word in _ROMAN else word.casefold()
                continue
        if chunk.isdecimal() and chunk.isascii() and len(chunk) <= _LONGEST:
            some: List[Union[str, Token]] = [chunk]
        else:
            some = [token for name in _CHUNK.findall(chunk) for token in _tokens_of(name)]
        yield from some
        found = found or bool(some)
        if some:
            before = chunks[at - 1] if at else ""
            yield from _pairs(before, some, chunk, chunks[at + 1] if at + 1 < len(chunks) else "", stop_words)
    if not found and text.strip():
        yield _token(text.strip())


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
        return word.casefold() if len(word) <= _LONGEST else ""
    some = [token for name in _CHUNK.findall(chunk) for token in _tokens_of(name)]
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


def _token(word: str) -> Token:
    """Return a word as a token: a long word whole, then its beginning."""
    return Token((word,)) if len(word) <= _LONGEST else Token((_whole(word),), (word[:_LONGEST],))


def _whole(word: str) -> str:
    """Return a word of bounded length, different for every word."""
    if len(word) <= _LONGEST:
        return word
    rest = blake2b(word[_HEAD:].encode("utf-8", "surrogatepass"), digest_size=_REST)
    return f"{word[:_HEAD]}{_MARK}{rest.hexdigest()}"


def _tokens_of(chunk: str) -> Iterator[Union[str, Token]]:
    for position, run in enumerate(UNSPACED_RUN.split(chunk)):
        if position % 2:
            # Single characters are for a query of one character; pairs keep the order.
            characters = CHARACTER.findall(run)
            both = chain(characters, map(add, characters, characters[1:]))
            yield from both if len(run) <= _LONGEST else map(_whole, both)
        elif run:
            yield from _named(run)


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
        yield _token(whole)
    elif parts:
        numbers = [number[0] for number in _NUMBER.finditer(chunk) if number[0] != whole]
        shown = set(parts)
        hidden = [digits for number in numbers for digits in _SEPARATOR.split(number) if digits not in shown]
        words = [part for part in (*numbers, *parts, *hidden) if part != whole]
        numbered = _NUMBERED.fullmatch(sections[0]) if len(sections) == 1 else None
        yield Token(
            (_whole(whole), *_joined(chunk, whole)),
            tuple(chain.from_iterable(_token(part).forms + _token(part).parts for part in words)),
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
