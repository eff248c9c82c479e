"""Dates: one form for a day of a year, in whichever order and language its numbers and month are written."""

from __future__ import annotations

import re
from typing import Dict, Iterable, Match

from fake_server.core.search.lexicon.calendar import MONTHS_OF

from .folding import folded, unaccented

__all__ = ["DATE", "MONTH", "day_of", "has_month", "month_of"]

# Months are shortened in fewer ways.
_SHORT = "jan feb mar apr may jun jul aug sep oct nov dec"
_OTHER_SHORT = {"sept": 9, "okt": 10, "dez": 12}
# The names of months, whole and shortened, without accents, and the number of each.
_MONTHS: Dict[str, int] = {
    **{name: month for month, name in enumerate(_SHORT.split(), 1)},
    **_OTHER_SHORT,
    **{unaccented(name): month for names in MONTHS_OF.values() for month, name in enumerate(names.split(), 1)},
}
_MOST_MONTHS, _MOST_DAYS = 12, 31
_DAY, _YEAR, MONTH = "[0-3]?[0-9]", "(?:19|20)[0-9]{2}", r"[^\W\d_]{3,10}"
# Each part of each order has a group, called by the first letter of what it is. With slashes or hyphens, `e` and `o`
# may be the day or the month: Europe has the day first, America the month.
DATE = re.compile(
    rf"(?<![\w./-])(?:(?P<y1>{_YEAR})(?P<s1>[-./])(?P<m1>[01]?[0-9])(?P=s1)(?P<d1>{_DAY})"
    rf"|(?P<d2>{_DAY})\.(?P<m2>[01]?[0-9])\.(?P<y2>{_YEAR})"
    rf"|(?P<e3>{_DAY})(?P<s3>[-/])(?P<o3>{_DAY})(?P=s3)(?P<y3>{_YEAR})"
    rf"|(?P<d4>{_DAY})(?:st|nd|rd|th|er|\.)?[ ](?:of[ ]|de[ ])?(?P<n4>{MONTH})\.?,?[ ](?:de[ ]|del[ ])?(?P<y4>{_YEAR})"
    rf"|(?P<n5>{MONTH})\.?[ ](?P<d5>{_DAY})(?:st|nd|rd|th)?,?[ ](?P<y5>{_YEAR}))(?![\w/-]|\.\w)"
    rf"|(?<![0-9])(?P<y6>{_YEAR})[年년][ ]?(?P<m6>[01]?[0-9])[月월][ ]?(?P<d6>{_DAY})[日일号]"
)


def day_of(found: Match[str]) -> str:
    """Return a date as year, month and day in eight digits, "" if it is none or its order is not known."""
    part = {name[0]: text for name, text in found.groupdict().items() if text}
    if "e" in part:
        day, month = sorted(map(int, (part["e"], part["o"])), reverse=True)
        if month < day <= _MOST_MONTHS:
            return ""
    else:
        day = int(part["d"])
        month = month_of(part["n"]) if "n" in part else int(part["m"])
    return f"{part['y']}{month:02}{day:02}" if 1 <= month <= _MOST_MONTHS and 1 <= day <= _MOST_DAYS else ""


def month_of(name: str) -> int:
    """Return the number of a month by its name, whole or shortened, in any of nine languages, 0 if it is none."""
    return _MONTHS.get((name if name.isascii() else folded(name)).casefold(), 0)


def has_month(words: Iterable[str]) -> bool:
    """Whether one of some words of plain letters is the name of a month."""
    return not _MONTHS.keys().isdisjoint(map(str.lower, words))
