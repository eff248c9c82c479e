"""Long numbers that people write in groups or not, such as phone, card and account numbers, as one word."""

from __future__ import annotations

import re
from typing import Callable, Iterator, Match

__all__ = ["long_numbers", "with_known"]

_SEPARATOR = r"[\s().\-/\u2010-\u2013]{1,2}"
# An account number has no more groups, and may begin with a country; more groups are a list.
_IN_GROUPS = re.compile(rf"(?<!\w)(?:[A-Za-z]{{2}})?[0-9]{{1,16}}(?:{_SEPARATOR}[0-9]{{1,16}}){{1,9}}(?!\w)")
_GROUP = re.compile("[A-Za-z]*[0-9]+")
# Few texts have any, and this pattern is faster.
_MAY_HAVE = re.compile(rf"[0-9]{_SEPARATOR}[0-9]")
# Fewer digits in groups too often mean something else.
_SHORTEST = 7


def long_numbers(text: str) -> Iterator[str]:
    """Yield each grouped number of seven digits or more as one word, and again without its first groups.

    The first groups may be the code of a country or a town, which is not always written.
    """
    if _MAY_HAVE.search(text):
        for found in _IN_GROUPS.finditer(text):
            yield from _ungrouped(found[0])


def with_known(text: str, is_known: Callable[[str], bool]) -> str:
    """Return the text with each grouped number written as a known word, unless it is known as it stands."""

    def known(found: Match[str]) -> str:
        return next(filter(is_known, (found[0], *_ungrouped(found[0]))), found[0])

    return _IN_GROUPS.sub(known, text) if _MAY_HAVE.search(text) else text


def _ungrouped(number: str) -> Iterator[str]:
    groups = _GROUP.findall(number)
    for first in range(len(groups) - 1):
        joined = "".join(groups[first:]).lower()
        if len(joined) >= _SHORTEST:
            yield joined
