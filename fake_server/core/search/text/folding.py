"""Folding: a text in one form of each letter and digit, without vowel points and joiners, then without accents."""

from __future__ import annotations

import re
import unicodedata
from typing import Dict, Iterable, Iterator, List

__all__ = ["folded", "normalized", "normalized_pieces", "pieces", "unaccented"]

# Latin letters that Unicode does not decompose, in the form in which they are typed without them.
_PLAIN_LETTERS = str.maketrans(
    {
        "ı": "i",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
        "ð": "d",
        "Ð": "D",
        "ø": "o",
        "Ø": "O",
        "æ": "ae",
        "Æ": "Ae",
        "þ": "th",
        "Þ": "Th",
        "ħ": "h",
        "Ħ": "H",
        "ŧ": "t",
        "Ŧ": "T",
        "ŋ": "n",
        "Ŋ": "N",
        "œ": "oe",
        "Œ": "Oe",
    }
)
# Arabic letters that differ at the end of a word or between Arabic, Persian and Urdu keyboards, the nasal sign of Hindi
# that is also written as another one, and the sign of multiplication, for which people type a letter.
_LETTERS = str.maketrans(
    {"×": "x", "ى": "ي", "ی": "ي", "ک": "ك", "ہ": "ه", "ة": "ه", "ٱ": "ا", "٫": ".", "٬": ",", "ँ": "ं"}
)
# Accents of Latin letters.
_ACCENTS = re.compile("[\u0300-\u0305\u0307-\u036f]|(?<![иИ])\u0306")
_MAY_HAVE_ACCENTS = re.compile("[\u00c0-\u036f\u1e00-\u1eff]")
# Accents of Greek and Cyrillic, points of Hebrew and Arabic, the dot below of Devanagari, and the invisible: soft
# hyphens, joiners, marks of direction, variants of emoji. The breve stays if it makes another letter: й.
_MARKS = re.compile(
    "[\u00ad\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc"
    "\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u093c\u1dc0-\u1dff\u200c-\u200f\u202a-\u202e\u2060\u2066-\u2069\u20d0-\u20ff"
    "\ufe00-\ufe0f\ufe20-\ufe2f\ufeff]|(?<![A-Za-z\u0300-\u036f])[\u0300-\u0305\u0307-\u036f]+"
    "|(?<![иИA-Za-z\u0300-\u036f])\u0306"
)
# Accents that no single letter has.
_LEFT = re.compile("[\u0300-\u036f]+")
# A nasal of Hindi before a sound of the same place of articulation, which is written in full or as a dot.
_NASAL = re.compile(
    "(?:\u0919\u094d(?=[\u0915-\u0918])|\u091e\u094d(?=[\u091a-\u091d])|\u0923\u094d(?=[\u091f-\u0922])"
    "|\u0928\u094d(?=[\u0924-\u0927])|\u092e\u094d(?=[\u092a-\u092d]))"
)
# One sign can become eighteen letters: a memory of 1 MiB is read whole, but not the 18 MiB that it could become.
_MOST = 1 << 20
# A piece is normalized in a fraction of a millisecond.
_PIECE = 1 << 11
# What a nasal of Hindi is told by, with the letter after it; invisible marks may stand between them, or many of them.
_JOINING = re.compile("\u094d[^\\w]*$|[^\\w]{8}$")
_JOINED = 9
# Up to this many marks on one letter are ordered by unicodedata, which takes the square of their number; no language
# has more than a few.
_MARKS_IN_A_ROW = 64
_FOREIGN_DIGIT = re.compile(r"(?![0-9])\d")
# Characters whose normal form does not depend on what stands beside them: letters and signs of Latin, Greek, Cyrillic,
# Hebrew, Arabic, Thai, kana, Han and Hangul, without loose marks, except those of Thai in their usual order.
_LONE = (
    "\\x00-\u02ff\u0370-\u0482\u048a-\u052f\u05d0-\u05f4\u060c\u061b\u061f-\u064a\u0660-\u066f\u0671-\u06d3\u06f0-\u06f9"
    "\u0e01-\u0e37\u0e3f-\u0e47\u0e4c-\u0e5b\u1e00-\u1fff\u2000-\u209f\u20a0-\u20cf\u2100-\u2bff\u3000-\u3029\u3030-\u3096"
    "\u30a0-\u30ff\u31f0-\u31ff\u3400-\u9fff\uac00-\ud7a3\ufe00-\ufe0f\uff01-\uff5e\uffe0-\uffe6\U0001f000-\U0001faff"
)
_ALONE = re.compile(
    f"[{_LONE}]*(?:(?:(?<=[\u0e01-\u0e47])[\u0e38\u0e39]|(?<=[\u0e01-\u0e4b])[\u0e48-\u0e4b])[{_LONE}]*)*"
)
# Those of them whose normal form may be another one.
_MAY_CHANGE = re.compile(
    "[\u00a0-\u00bf\u00d7\u0130-\u0133\u013f\u0140\u0149\u017f\u01c4-\u01cc\u01e2\u01e3\u01ee-\u01f3\u01fc-\u01ff\u02b0-\u02ff"
    "\u0370-\u040f\u0450-\u045f\u0476\u0477\u04c1-\u052f\u0610-\u06ff\u0e33\u0e50-\u0e59\u1e9a\u1e9b\u1f00-\u2bff\u3000-\u303f"
    "\u30ff\ufe00-\ufe0f\uff01-\uffe6\U0001f000-\U0001faff]+"
)
# What one character becomes at most, eighteen letters.
_GROWTH = 18


def normalized(text: str) -> str:
    """Return the text in one form of each letter and digit, with the accents of Latin letters; case stays.

    Full-width and half-width forms, ligatures and superscript digits become plain ones, and digits of all scripts
    become 0 to 9. Vowel signs stay, since they act as letters. Traditional and simplified Chinese stay different. Only
    the first 1,048,576 characters of the result are returned.
    """
    return text[:_MOST] if text.isascii() else "".join(normalized_pieces(pieces(text), len(text)))


def pieces(text: str) -> Iterator[str]:
    """Yield a text in pieces of some thousand characters, of which each has the normal form that it has in the text."""
    if text.isascii():
        yield text
        return
    begin = 0
    for end in range(_PIECE, len(text), _PIECE):
        if end > begin:
            cut = next((at for at in range(end, len(text)) if _may_begin(text, at)), len(text))
            yield text[begin:cut]
            begin = cut
    yield text[begin:]


def normalized_pieces(some: Iterable[str], size: int = _MOST) -> Iterator[str]:
    """Yield the normal forms of the pieces of one text of so many characters, or of fewer."""
    if size * _GROWTH <= _MOST:
        for piece in some:
            yield piece if piece.isascii() else _normal(piece)
        return
    left = _MOST
    for piece in some:
        if piece.isascii():
            plain = piece[:left]
            left -= len(plain)
            yield plain
            continue
        plain = _decomposed(piece)[:left]
        left -= len(plain)
        yield _composed(plain)


def _normal(piece: str) -> str:
    """Return the normal form of a short piece; nearly all texts consist of characters that are looked up."""
    if _ALONE.fullmatch(piece):
        return _MAY_CHANGE.sub(lambda run: run[0].translate(_FORMS), piece)
    return _composed(_decomposed(piece))


def _decomposed(text: str) -> str:
    # NFKD turns the numero sign into "No", which would merge with the number after it.
    return unicodedata.normalize("NFKD", _ordered(text.replace("\u2116", "#")))


def _composed(plain: str) -> str:
    plain = unicodedata.normalize("NFC", _NASAL.sub("\u0902", _MARKS.sub("", plain.translate(_LETTERS))))
    # The capital of the Turkish i is that of a plain one, and would become two characters.
    plain = _LEFT.sub("", plain).replace("\u0130", "I")
    return _FOREIGN_DIGIT.sub(lambda digit: str(unicodedata.decimal(digit[0])), plain)


class _Forms(Dict[int, str]):
    """The normal form of each character of `_MAY_CHANGE` that occurred, some thousands at most."""

    def __missing__(self, character: int) -> str:
        form = self[character] = _composed(_decomposed(chr(character)))
        return form


_FORMS = _Forms()


def _may_begin(text: str, at: int) -> bool:
    """Whether a piece may begin here: with a letter that no normal form joins to what stands before it."""
    first = unicodedata.normalize("NFKD", text[at])[0]
    is_letter = unicodedata.category(first) in ("Lu", "Ll", "Lo") and not "\u1160" <= first <= "\u11ff"
    return is_letter and not _JOINING.search(text, max(at - _JOINED, 0), at)


def unaccented(text: str) -> str:
    """Return a normalized text without accents, as people type it who have or want none."""
    if text.isascii() or not _MAY_HAVE_ACCENTS.search(text):
        return text
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", text)).translate(_PLAIN_LETTERS)
    return unicodedata.normalize("NFC", plain)


def folded(text: str) -> str:
    """Return the text normalized and without accents; case stays."""
    return unaccented(normalized(text))


def _ordered(text: str) -> str:
    """Return a text whose normal form is the same, with long runs of marks in the order of that form."""
    rows: List[str] = []
    done = at = 0
    # A long run covers at least one of these positions.
    for position in range(0, len(text), _MARKS_IN_A_ROW):
        if position < at or not _is_mark(text[position]):
            continue
        first = at = position
        while first > done and _is_mark(text[first - 1]):
            first -= 1
        while at < len(text) and _is_mark(text[at]):
            at += 1
        if at - first > _MARKS_IN_A_ROW:
            marks = "".join(unicodedata.normalize("NFKD", mark) for mark in text[first:at])
            rows += (text[done:first], "".join(sorted(marks, key=unicodedata.combining)))
            done = at
    return "".join((*rows, text[done:])) if rows else text


def _is_mark(character: str) -> bool:
    """Whether the normal form reorders a character among the marks around it."""
    return unicodedata.combining(unicodedata.normalize("NFKD", character)[0]) > 0
