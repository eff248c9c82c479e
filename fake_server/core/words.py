"""A text as words: case and accents folded, compounds whole and in parts, unspaced scripts in characters."""

from __future__ import annotations

import re
import unicodedata
from typing import Iterator, Tuple

__all__ = ["Piece", "pieces"]

Piece = Tuple[str, ...]
"""One word, or a compound: first the whole without its joints, then its parts."""

# Long enough for any word or address; what is longer (a digest, a blob of base64) is known by its beginning.
_LONGEST = 64

# Vowel signs and the like belong to a word, though the regular expressions of Python see no letters in them.
_SIGNS = "\u0900-\u0963\u0966-\u0dff\u0f71-\u0fbc"
# Thai, Lao, Burmese, Khmer, kana, Han and Hangul: no spaces, or none that part the words people ask for.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3041-\u3096\u30a1-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7a3\U00020000-\U0003134f"
)
_SYMBOLS = "\u2190-\u2bff\U0001f000-\U0001faff"
_LETTERS = rf"[\w{_SIGNS}{_UNSPACED}]+"
_CHUNK = re.compile(rf"{_LETTERS}(?:(?:[-@.:/'\u2019&+]|,(?=\d{{3}})){_LETTERS})*|[{_SYMBOLS}]")
_JOINT = re.compile(r"[-@.:/'\u2019&+,_]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_RUN = re.compile(rf"([{_UNSPACED}]+)")
_SHORTENED = re.compile(r"(.+)['\u2019](s|t|d|m|re|ve|ll)", re.IGNORECASE | re.DOTALL)
# Accents of Latin, Greek and Cyrillic, points of Hebrew and Arabic: often left out, so never needed.
_MARKS = re.compile("[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670]")


def pieces(text: str) -> Iterator[Piece]:
    """Yield the words of any text in order.

    A text without a letter, digit or symbol is one word; a blank one has none.
    """
    found = False
    for chunk in _CHUNK.findall(_unmarked(text)):
        if chunk.isascii() and chunk.isalpha() and (chunk.islower() or chunk[1:].islower() or chunk.isupper()):
            found = True
            yield (chunk.lower()[:_LONGEST],)
        else:
            for piece in _taken_apart(chunk):
                found = True
                yield piece
    if not found and text.strip():
        yield (text.strip()[:_LONGEST],)


def _taken_apart(chunk: str) -> Iterator[Piece]:
    for position, run in enumerate(_RUN.split(chunk)):
        if position % 2:
            # Single characters are there for a question of one character; pairs carry the order.
            yield from ((character,) for character in run)
            yield from ((run[at : at + 2],) for at in range(len(run) - 1))
        elif run:
            yield from _compound(run)


def _compound(chunk: str) -> Iterator[Piece]:
    short = _SHORTENED.fullmatch(chunk)
    if short:
        chunk = short[1] if short[2].lower() == "s" else short[1] + short[2]
    joined = [part for part in _JOINT.split(chunk) if part]
    if all(part.isdecimal() for part in joined):
        # The joints of a number matter (1.5 is not 15), but for those of thousands.
        whole = chunk.replace(",", "").strip("-@.:/'\u2019&+_")
        parts = joined if "," not in chunk else [whole]
    else:
        whole = "".join(joined)
        parts = [part for section in joined for part in _HUMP.split(section)]
    folded = [part.casefold()[:_LONGEST] for part in parts]
    if len(folded) == 1:
        yield (folded[0],)
    elif folded:
        yield (whole.casefold()[:_LONGEST], *folded)


def _unmarked(text: str) -> str:
    """Return the text without accents, ligatures and full-width forms taken apart; case stays."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFKD", text)))
