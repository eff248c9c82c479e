"""English stems: which ones a word may have, by its ending alone, so that few words are stemmed that nobody stored."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product
from typing import AbstractSet, Tuple

from .british import american

__all__ = ["ENDINGS", "may_have_stem"]

ENDINGS = (
    *("'", "e", "s", "y", "ed", "ng", "er", "or", "on", "al", "ll", "ul", "ic", "nt", "st", "sm"),
    *("ci", "gi", "li", "ti"),
)
"""The endings of words that the stemmer may change; a stem costs some thirty microseconds, and most words have none."""

# What the steps of Porter's second stemmer take from the end of a word: endings that derive a word from another one,
# without their last letter where a further ending took that ("enc-y", "abil-ity"), and before them what the last step
# takes; then endings that inflect it, with a letter that they double.
_DERIVED = (
    "abil ibil able? ible? al ance? ence? ant ement ment ent er ors? ate? ative? ful ic ion ional ism iti ity ive? ize?"
    " izer li ly ness ous ist (?<=b)il"
)
_ENDING = re.compile(
    rf"(?:[ey]|(?<=l)l)?(?:{_DERIVED.replace(' ', '|')})*"
    r"(?:[bdfgimnprty]?(?:ed|ing)(?:ly)?|(?<=ee)d(?:ly)?|(?<=i)d|[yeir]|(?<=l)l)?(?:e?s)?\Z"
)
# What they put in its place.
_TAILS = ("", "e", "i", "ie", "l", "le")
# Words that the stemmer has in a list.
_LISTED = frozenset(("skis", "skies", "idly", "gently", "ugly", "early", "only", "singly"))


def may_have_stem(word: str, *stems: AbstractSet[str]) -> bool:
    """Whether the stem of a word of plain letters may be among some; a False takes a fraction of the stemmer's time."""
    if word in _LISTED:
        return True
    form, least = _reach(word)
    if least == len(form):
        return any(form in some for some in stems)
    beginnings = [form[:end] for end in range(least, len(form) + 1)]
    # A join and a look at each, without a step of the interpreter.
    return not all(some.isdisjoint(map("".join, product(beginnings, _TAILS))) for some in stems)


@lru_cache(maxsize=1 << 13)
def _reach(word: str) -> Tuple[str, int]:
    """Return a word as it is spelt in America, and how many of its letters its stem has at least, before a tail."""
    form = american(word)
    if not form.endswith(ENDINGS):
        return form, len(form)
    ending = _ENDING.search(form, 1)
    return form, ending.start() if ending else len(form)
