"""Scripts: the letters of those without spaces between words, and what their readers see as one character."""

from __future__ import annotations

import re
from typing import List

__all__ = [
    "CHARACTER",
    "FIRST_UNSPACED",
    "LETTERS",
    "SPACED",
    "UNSPACED",
    "UNSPACED_RUN",
    "characters_of",
    "is_pair",
    "is_spaced",
    "is_unspaced",
]

# Vowel signs belong to a word, although the regular expressions of Python do not match them as letters.
_SIGNS = "\u07a6-\u07b0\u0900-\u0963\u0966-\u0dff\u0f71-\u0fbc\u1b00-\u1b59\ua980-\ua9c0"
# Thai, Lao, Burmese, Khmer, kana, Han and Hangul, except their punctuation: they have no spaces, or none between the
# words that people ask for.
UNSPACED = (
    "\u0e00-\u0e4e\u0e50-\u0e59\u0e80-\u0eff\u1000-\u1049\u1050-\u109f\u1780-\u17d3\u17dc-\u17ff\u3005\u3041-\u3096"
    "\u30a1-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7a3\U00020000-\U0003134f"
)
# Words and numbers of the scripts that have both spaces and capitals.
SPACED = re.compile("[0-9A-Za-z\u00c0-\u052f\u1e00-\u1eff]+")
# What a reader of those scripts sees as one character: with vowels before it, signs around it, stacked letters.
CHARACTER = re.compile(
    "[\u0e40-\u0e44\u0ec0-\u0ec4]?.(?:[\u0e30-\u0e3a\u0e45\u0e47-\u0e4e\u0eb0-\u0ebc\u0ec8-\u0ecd\u102b-\u1038"
    "\u103a-\u103e\u1056-\u1059\u17b6-\u17d1\u17d3]|[\u1039\u17d2].?)*",
    re.DOTALL,
)
# Kana, Han and Hangul have neither such vowels nor signs.
_ALONE = re.compile("[\u3005-\U0010ffff]+")
LETTERS = rf"[\w{_SIGNS}{UNSPACED}]+"
UNSPACED_RUN = re.compile(rf"([{UNSPACED}]+)")
FIRST_UNSPACED = "\u0e00"
"""What is no greater than this is of a script with spaces; this is faster to see."""


def characters_of(run: str) -> List[str]:
    """Return the characters of a run of scripts without spaces."""
    return [*run] if _ALONE.fullmatch(run) else CHARACTER.findall(run)


def is_spaced(word: str) -> bool:
    """Whether a word is of a script that has spaces and capitals, digits included."""
    return (word.isascii() and word.isalnum()) or SPACED.fullmatch(word) is not None


def is_unspaced(word: str) -> bool:
    """Whether a word is a character or a pair of a script without spaces."""
    return word > FIRST_UNSPACED and UNSPACED_RUN.fullmatch(word) is not None


def is_pair(word: str) -> bool:
    """Whether a word is two characters of a script without spaces."""
    return is_unspaced(word) and CHARACTER.fullmatch(word) is None
