"""Scales: one form for a number that is written with a thousand, a million or the like behind it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Dict, Match, Optional

from fake_server.core.search.lexicon.numerals import HALF, ONE, SCALES, small_cardinals

from .folding import unaccented
from .scripts import UNSPACED

__all__ = ["SCALED", "SCALE_BEGINNINGS", "is_scale", "may_be_scaled", "value_of"]

# What multiplies only as a letter right after its digits. A small m is a metre, except before a currency.
_LETTERS = {"k": 3, "K": 3, "M": 6, "m": 6, "B": 9, "b": 9}
_CHARACTERS = {"万": 4, "萬": 4, "만": 4, "億": 8, "亿": 8, "억": 8}
_CURRENCY = "(?= (?:dollar|euro|pound|yen|rupee|usd|eur|gbp|chf))"
_WORDS: Dict[str, int] = {unaccented(word): exponent for word, exponent in SCALES.items()}
_GROUP = 3
# The first letters of those words, so that few of the others are looked up.
_FIRST = "".join(sorted({letter for word in _WORDS for letter in (word[0], word[0].upper())}))
# A number in digits with a word, a letter or a character behind it, or in words with a word; dos mil millones has two
# such words.
_DIGITS = r"[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,9}(?:[.,][0-9]{1,9})?"
_TIMES = r"(?:(?P<times>mil|thousand|tausend)[ ](?=[^\W\d_]{1,3}ill))?"
SCALED = re.compile(
    rf"(?<![^\W{UNSPACED}])(?<![.,])(?P<number>{_DIGITS})"
    rf"(?:[ -]?(?=[{_FIRST}]){_TIMES}(?P<word>[^\W\d_]{{2,10}})(?!\w)"
    rf"|(?P<letter>[kKM])(?!\w)|(?P<small>[mbB]){_CURRENCY}|[ ]?(?P<character>[{''.join(_CHARACTERS)}])(?![0-9]))"
    rf"|(?<!\w)(?P<numeral>{HALF}|[^\W\d_]{{1,9}})[ ](?:(?P<thousands>mil|thousand|tausend)[ ])?"
    rf"(?P<behind>[{_FIRST}][^\W\d_]{{0,2}}(?:illi|illo|usand)[^\W\d_]{{0,4}})(?!\w)"
)
SCALE_BEGINNINGS = f"{_FIRST}{''.join((*_LETTERS, *_CHARACTERS))}"
"""What may multiply a number begins with one of these."""
# A digit before what may multiply it. Most texts have none, and this is faster.
_MAY_BE = re.compile(rf"[0-9][ -]?[{SCALE_BEGINNINGS}]")


def may_be_scaled(text: str, digit: Optional[Match[str]]) -> bool:
    """Whether a text may have a number with a scale, by its first digit: cheaper than to look for one."""
    if digit is not None and _MAY_BE.search(text, digit.start()):
        return True
    return "illi" in text or "illo" in text or "usand" in text


def is_scale(word: str) -> bool:
    """Whether a word or letter after an amount of money multiplies it."""
    return word in _LETTERS or unaccented(word.lower()) in _WORDS


def value_of(found: Match[str]) -> str:
    """Return the digits of a number with its scale, "" if it has none or is no whole number."""
    number, exponent = found["number"] or _digits(found["numeral"]), _exponent(found)
    if not number or not exponent:
        return ""
    groups = number.split(",")
    if len(groups) > 1 and all(len(group) == _GROUP for group in groups[1:]):
        number = "".join(groups)
    whole, _, decimals = number.replace(",", ".").partition(".")
    return str(int(whole + decimals.ljust(exponent, "0"))) if len(decimals) <= exponent else ""


def _exponent(found: Match[str]) -> int:
    if found["character"]:
        return _CHARACTERS[found["character"]]
    if found["letter"] or found["small"]:
        return _LETTERS[found["letter"] or found["small"]]
    exponent = _WORDS.get(unaccented((found["word"] or found["behind"]).lower()), 0)
    return exponent + (_GROUP if exponent and (found["times"] or found["thousands"]) else 0)


def _digits(numeral: str) -> str:
    return _numerals().get(unaccented(numeral.lower()), "")


@lru_cache(maxsize=1)
def _numerals() -> Dict[str, str]:
    numerals = {unaccented(word): str(number) for word, number in small_cardinals().items()}
    return {**numerals, **dict.fromkeys(ONE, "1"), **dict.fromkeys(HALF.split("|"), "0.5")}
