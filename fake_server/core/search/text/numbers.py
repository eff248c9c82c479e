"""Numbers that people write in more than one way: in groups or not, and phone numbers from at home or from abroad."""

from __future__ import annotations

import re
from itertools import chain
from typing import Callable, Iterator, List, Match, Pattern, Sequence

from .dates import DATE, day_of
from .phrases import PHRASE, as_one_word, may_be_phrased, short_form
from .scales import SCALE_BEGINNINGS, SCALED, may_be_scaled, value_of
from .scripts import UNSPACED

__all__ = ["forms_by_piece", "number_forms", "with_known", "without_spaces"]

_SEPARATOR = r"[\s().\-/\u2010-\u2013]{1,3}"
# An account number has no more groups, and may begin with a country; more groups are a list. A unit may follow groups.
_NUMBER = re.compile(
    rf"(?<![^\W{UNSPACED}])(?<!\+)(?P<abroad>\+?)(?:[A-Za-z]{{2}})?[0-9]{{1,20}}"
    rf"(?:(?:{_SEPARATOR}[0-9]{{1,16}}){{1,9}}(?=[^\W\d_]{{1,3}}\b)|(?:{_SEPARATOR}[0-9]{{1,16}}){{0,9}}(?![^\W{UNSPACED}]))"
)
# An IBAN whose account number has letters too.
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)")
# A licence plate that is written in three: M AB 1234.
_PLATE = re.compile(r"(?<!\w)[A-Z]{1,3} [A-Z]{1,2} [0-9]{1,4}(?!\w)")
# What no number and no account number is longer than, and the piece of a text that is searched at a time, which takes a
# fraction of a millisecond.
_LONGEST = 256
_PIECE = 2_048
_MAY_BE_DATED = re.compile("(?:19|20)[0-9]{2}")
_GROUP = re.compile("[A-Za-z]*[0-9]+")
# Few texts have any, and these patterns are faster.
_DIGIT = re.compile("[0-9]")
_MAY_HAVE = re.compile(
    rf"[0-9](?:{_SEPARATOR}[0-9]|[0-9]{{6}}| [A-Z]|(?<=[A-Z] [A-Z] [0-9])|(?<=[A-Z] [A-Z]{{2}} [0-9]))"
)
# A digit, and after or before it what any form of a number has: one look at a text says that it has none.
_MAY_HAVE_ANY = re.compile(
    rf"[0-9](?:[0-9]{{3}}|[ -]?[{SCALE_BEGINNINGS}]| [A-Z]|{_SEPARATOR}[0-9]| ?[pP]|(?<=[A-Z] [0-9]))"
)
# Fewer digits in groups too often mean something else, except thousands: 12 500, and 1.250 with a dot. 1 250 may be
# two numbers, so it keeps its space and is another form of 1250.
_SHORTEST = 7
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(?:(?: [0-9]{3})+|(?:\.[0-9]{3})+)")
_SHORTEST_THOUSANDS = {" ": 5, ".": 4}
# Spaces that no line is broken at, and that are thin, stand between thousands; a plain space may divide two numbers.
_NARROW = re.compile("[\u00a0\u2007\u2009\u202f]")
_SPACED = re.compile(
    "(?<![\\d.,])(?<!\\d[\u00a0\u2007\u2009\u202f])\\d{1,3}(?:[\u00a0\u2007\u2009\u202f]\\d{3})+"
    "(?![\u00a0\u2007\u2009\u202f]?\\d)"
)
# A plain space too, if decimals follow: 1 250,50.
_DECIMAL = re.compile(r"[0-9](?<![\d.,][0-9])(?<!\d [0-9])[0-9]{0,2}(?: [0-9]{3})+(?=[.,][0-9]{1,2}(?![\d.,]|[.,]\d))")
# The codes of countries, of which none begins another: of one digit, of two, and all others of three.
_COUNTRIES = re.compile(
    "[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[0-9]{3}",
)


def without_spaces(text: str) -> str:
    """Return the text without such spaces in its numbers as divide no words.

    They are narrow ones between thousands, plain ones before decimals, and those of numbers in words.
    """
    text = as_one_word(text)
    digit = _DIGIT.search(text)
    if digit and _DECIMAL.search(text, digit.start()):
        text = _DECIMAL.sub(_joined, text)
    if not text.isascii() and _NARROW.search(text):
        text = _SPACED.sub(_joined, text)
    return text


def _joined(found: Match[str]) -> str:
    return re.sub(r"\D", "", found[0])


def number_forms(text: str) -> Iterator[str]:
    """Yield for each number that is written in groups, or is a phone number, its other forms, in lower case."""
    return chain.from_iterable(forms_by_piece(text))


def forms_by_piece(text: str) -> Iterator[Sequence[str]]:
    """Yield the other forms of the numbers of the text in turn, those of some thousand characters at a time."""
    if not _may_have_any(text):
        return
    digit = _DIGIT.search(text)
    if may_be_scaled(text, digit):
        for scaled in _found_in(text, SCALED):
            yield [*filter(None, map(value_of, scaled))]
    if not digit:
        return
    if may_be_phrased(text, digit):
        for phrases in _found_in(text, PHRASE):
            yield [*map(short_form, phrases)]
    if _MAY_BE_DATED.search(text, digit.start()):
        for dates in _found_in(text, DATE):
            yield [*filter(None, map(day_of, dates))]
    if _MAY_HAVE.search(text, digit.start()):
        for numbers in _found_in(text, _NUMBER):
            yield [*chain.from_iterable(map(_forms, numbers))]
        for pattern in (_IBAN, _PLATE):
            for codes in _found_in(text, pattern):
                yield [found[0].replace(" ", "").lower() for found in codes]


def _may_have_any(text: str) -> bool:
    """Whether a text may have a number with other forms: cheaper than to look for each kind."""
    return _MAY_HAVE_ANY.search(text) is not None or may_be_scaled(text, None) or "ersion " in text


def _found_in(text: str, pattern: Pattern[str]) -> Iterator[List[Match[str]]]:
    """Yield what the pattern finds in the whole text, piece by piece."""
    begin = 0
    for end in range(_PIECE, len(text) + _PIECE, _PIECE):
        # What begins in this piece ends before the end of what is searched.
        found = [each for each in pattern.finditer(text, begin, end + _LONGEST) if each.start() < end]
        yield found
        begin = max(begin, end, found[-1].end() if found else 0)


def with_known(text: str, is_known: Callable[[str], bool]) -> str:
    """Return the text with each such number in a form that is known, if there is one."""

    def known(found: Match[str]) -> str:
        return next(filter(is_known, (form.replace(" ", "") for form in _forms(found))), found[0])

    def known_phrase(found: Match[str]) -> str:
        short = short_form(found)
        return short if is_known(short) else found[0]

    def known_date(found: Match[str]) -> str:
        day = day_of(found)
        return day if is_known(day) else found[0]

    def known_value(found: Match[str]) -> str:
        value = "" if is_known(found[0].lower()) else value_of(found)
        return value if value and is_known(value) else found[0]

    def known_code(found: Match[str]) -> str:
        joined = found[0].replace(" ", "")
        return joined if is_known(joined.lower()) else found[0]

    digit = _DIGIT.search(text)
    if may_be_scaled(text, digit):
        text = SCALED.sub(known_value, text)
    if not digit:
        return text
    if may_be_phrased(text, digit):
        text = PHRASE.sub(known_phrase, text)
    if _MAY_BE_DATED.search(text):
        text = DATE.sub(known_date, text)
    if not _MAY_HAVE.search(text):
        return text
    return _NUMBER.sub(known, _PLATE.sub(known_code, _IBAN.sub(known_code, text)))


def _forms(number: Match[str]) -> List[str]:
    """Return the forms of a number, those that more ways to write it share first.

    They are a phone number without what is dialled before it, all groups as one word, and this without its first
    groups, which may be the code of a country or a town.
    """
    groups = _GROUP.findall(number[0])
    joined = "".join(groups).lower()
    forms = [joined] if len(groups) > 1 else []
    if len(joined) < _SHORTEST:
        thousands = _THOUSANDS.fullmatch(number[0])
        if thousands and len(joined) < _SHORTEST_THOUSANDS[number[0][-4]]:
            return [number[0]]
        return forms if thousands else []
    national = _national(joined, is_abroad=bool(number["abroad"]))
    if national:
        forms.insert(0, national)
    forms += ["".join(groups[first:]).lower() for first in range(1, len(groups) - 1)]
    return [form for form in dict.fromkeys(forms) if len(form) >= _SHORTEST]


def _national(joined: str, *, is_abroad: bool) -> str:
    """Return a phone number without the code of its country and the zero in its place, "" if it has neither."""
    if not joined.isdecimal():
        return ""
    if not is_abroad and joined.startswith("00"):
        joined, is_abroad = joined[2:], True
    if is_abroad:
        country = _COUNTRIES.match(joined)
        joined = joined[country.end() :] if country else joined
        return joined.lstrip("0")
    return joined.lstrip("0") if joined.startswith("0") else ""
