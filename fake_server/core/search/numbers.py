"""Numbers that people write in groups, with joints or without, as one word: phones, cards, accounts."""

from __future__ import annotations

import re
from typing import Callable, Iterator, Match

__all__ = ["long_numbers", "with_known"]

_BETWEEN = r"[\s().\-/\u2010-\u2013]{1,2}"
# An account has no more groups, and a country before it; what has more is a list.
_IN_GROUPS = re.compile(rf"(?<!\w)(?:[A-Za-z]{{2}})?[0-9]{{1,16}}(?:{_BETWEEN}[0-9]{{1,16}}){{1,9}}(?!\w)")
_GROUP = re.compile("[A-Za-z]*[0-9]+")
# Few texts have any, and this look is the quicker one.
_MAY_HAVE = re.compile(rf"[0-9]{_BETWEEN}[0-9]")
# Of fewer digits there are too many that mean something else together.
_SHORTEST = 7


def long_numbers(text: str) -> Iterator[str]:
    """Yield each number of seven digits or more in groups as one word, and without its first groups.

    Those are the code of a country or a town, which one writes and another does not.
    """
    if _MAY_HAVE.search(text):
        for found in _IN_GROUPS.finditer(text):
            yield from _ungrouped(found[0])


def with_known(text: str, is_known: Callable[[str], bool]) -> str:
    """Return the text with each such number as one word that is known, where it is not known as it stands."""

    def known(found: Match[str]) -> str:
        return next(filter(is_known, (found[0], *_ungrouped(found[0]))), found[0])

    return _IN_GROUPS.sub(known, text) if _MAY_HAVE.search(text) else text


def _ungrouped(number: str) -> Iterator[str]:
    groups = _GROUP.findall(number)
    for first in range(len(groups) - 1):
        joined = "".join(groups[first:]).lower()
        if len(joined) >= _SHORTEST:
            yield joined
