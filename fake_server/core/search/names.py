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


def names_in(text: str, language: Language) -> FrozenSet[str]:
    """Return the words that are written like names, without accents; none where every noun is written so."""
    if language.name in _CAPITAL_NOUNS:
        return frozenset()
    return frozenset(
        folded(first + rest).casefold() for first, rest in _NAME.findall(text) if first.isupper() and rest.islower()
    )
