"""Names: the words of a query that are written with a capital letter inside a sentence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, FrozenSet

from .text.folding import folded

if TYPE_CHECKING:
    from .languages import Language

__all__ = ["names_in"]

# Languages in which every noun has a capital letter.
_CAPITAL_NOUNS = ("german",)
# A word with a capital letter that does not begin a sentence.
_NAME = re.compile(r"(?<=[^\W_])[,;:]?[ \t]+([^\W\d_])([^\W\d_]+)")
# The same in plain letters, which takes a tenth of the time; what stands before is looked at afterwards.
_NONE: FrozenSet[str] = frozenset()
_MARKS = (",", ";", ":")
_CAPITAL = re.compile("[ \t]([A-Z][a-z]+)(?![A-Za-z])")


def names_in(text: str, language: Language) -> FrozenSet[str]:
    """Return the words that are written like names, without accents; none where every noun is written so."""
    if language.name in _CAPITAL_NOUNS:
        return frozenset()
    if text.isascii():
        if text[1:].islower():
            return _NONE
        return frozenset([found[1].lower() for found in _CAPITAL.finditer(text) if _is_inside(text[: found.start()])])
    return frozenset(
        folded(first + rest).casefold() for first, rest in _NAME.findall(text) if first.isupper() and rest.islower()
    )


def _is_inside(before: str) -> bool:
    """Whether a sentence goes on after a text: it ends with a letter or a digit, and one mark and blanks at most."""
    before = before.rstrip(" \t")
    last = before[-2:-1] if before[-1:] in _MARKS else before[-1:]
    return last.isalnum()
