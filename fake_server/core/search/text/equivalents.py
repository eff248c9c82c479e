"""Equivalents: how else the small numbers, ordinals and temperatures of a query are written."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Container, Dict, Optional, Tuple

from fake_server.core.search.lexicon.abbreviations import abbreviations_of
from fake_server.core.search.lexicon.numerals import cardinals_of, ordinals_of
from fake_server.core.search.lexicon.units import units_of

from .dates import MONTH, has_month, month_of
from .folding import unaccented

__all__ = ["Equivalents"]

Words = Tuple[str, ...]

# A memory writes 30 °C, 30 degrees or 30 C.
_TEMPERATURES: Dict[str, Words] = {
    "degree": ("celsius", "fahrenheit"),
    "celsius": ("degree", "c"),
    "fahrenheit": ("degree", "f"),
    "c": ("celsius",),
    "f": ("fahrenheit",),
}
# German has a dot behind the digits of an ordinal: 3. Stock.
_DOTTED = re.compile(r"(?<!\S)([0-9]{1,2})\.(?= +[^\W\d_])")
_DOT_LANGUAGES = ("german",)
# 5k is 5000, which is also written as 5 000.
_ZEROS = 3
_THOUSANDS = re.compile("[1-9][0-9]{3}")
# A day of a month, before it or after it, and the year if there is one.
_YEAR = r"(?!\w)(,?[ ](?:del?[ ])?[12][0-9]{3})?"
_DAY = r"([^\W_][\w-]{0,20})(?![\w-])"
_BEFORE = re.compile(rf"(?<![\w-]){_DAY}(?=[.º]?[ ](?:of[ ]|de[ ])?({MONTH}){_YEAR})")
_AFTER = re.compile(rf"(?<!\w)(?=({MONTH})[ ](?:the[ ])?{_DAY}{_YEAR})")
_WORD = re.compile("[A-Za-z]{3,}")


class Equivalents:
    """The other ways to write each word of one query, the likeliest first.

    Of words without digits, only those in `words` have any: few do, and a long query has hundreds.
    """

    def __init__(self, query: str, language: str) -> None:
        """Keep the query, which tells the days of a month and the ordinals among its numbers."""
        self._query = query
        self._language = language
        self._known, self._digits = _forms_of(language)
        self.words: Container[str] = self._known
        self._ordinals: Optional[Dict[str, bool]] = None

    def of(self, word: str) -> Words:
        """Return the other ways to write a word of the query."""
        known, digits = self._known.get(word), self._digits.get(word)
        if digits is None:
            return _thousands(word) if known is None else known
        if self._ordinals is None:
            self._ordinals = self._ordinals_of_query()
        # A day of a year is found as that, and its number is no small number by itself.
        if not self._ordinals.get(word, True):
            return ()
        if word not in self._ordinals:
            return known or ()
        return tuple(form for form in (*self._known[f"{digits}."], digits) if form != word)

    def _ordinals_of_query(self) -> Dict[str, bool]:
        """Return the days of the query, and digits with the dot of an ordinal; a day is False if it has a year."""
        found: Dict[str, bool] = {}
        # Few queries name a month, and these patterns take longer.
        if not self._query.isascii() or has_month(_WORD.findall(self._query)):
            found = {day: not year for day, month, year in _BEFORE.findall(self._query) if month_of(month)}
            found.update((day, not year) for month, day, year in _AFTER.findall(self._query) if month_of(month))
        if self._language in _DOT_LANGUAGES:
            found.update((day, found.get(day, True)) for day in _DOTTED.findall(self._query))
        return {day.replace("-", "").casefold(): has_no_year for day, has_no_year in found.items()}


@lru_cache(maxsize=64)
def _forms_of(language: str) -> Tuple[Dict[str, Words], Dict[str, str]]:
    """Return each word and its equivalents, those of an ordinal in digits under "3.", and the digits of ordinals."""
    known: Dict[str, Words] = dict(_TEMPERATURES)
    names = [name for name, unit in units_of(language).items() if unit == "degree"]
    known.update(dict.fromkeys((*names, *map(unaccented, names)), known["degree"]))
    digits_of: Dict[str, str] = {}

    def add(word: str, others: Words) -> None:
        for form in {word, unaccented(word)}:
            known[form] = tuple(dict.fromkeys((*known.get(form, ()), *(each for each in others if each != word))))

    for word, others in abbreviations_of(language).items():
        add(word, others)
    for number, words in cardinals_of(language).items():
        add(str(number), words)
        for word in words:
            add(word, (str(number),))
    for number, (words, marked) in ordinals_of(language).items():
        digits = str(number)
        bare = (digits,) if language in _DOT_LANGUAGES else ()
        for word in words:
            add(word, (*marked, *bare))
        for mark in marked:
            add(mark, (*words, *marked))
        known[f"{digits}."] = (*words, *marked)
        known.setdefault(digits, ())
        for form in (*words, *marked, digits):
            digits_of[form] = digits_of[unaccented(form)] = digits
    return known, digits_of


def _thousands(word: str) -> Words:
    """Return 5000 for 5k, and 5 000 for 5000."""
    if _THOUSANDS.fullmatch(word):
        return (f"{word[0]} {word[1:]}",)
    whole, _, decimals = word[:-1].partition(".")
    is_scaled = word[-1:] == "k" and whole.isdecimal() and len(decimals) <= _ZEROS
    return (whole + decimals.ljust(_ZEROS, "0"),) if is_scaled else ()
