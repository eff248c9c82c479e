"""Signs: a sign of a currency, of percent or of a degree is read as its word, after its number."""

from __future__ import annotations

import re
from typing import Iterator, Match

from .scales import is_scale

__all__ = ["spelt_out", "spelt_pieces"]

_CURRENCIES = {
    "$": "dollar",
    "€": "euro",
    "£": "pound",
    "¥": "yen",
    "₹": "rupee",
    "¢": "cent",
    "₩": "won",
    "₽": "ruble",
    "₺": "lira",
    "₪": "shekel",
}
_WORDS = {**_CURRENCIES, "%": "percent"}
_DEGREES = {None: "degree", "C": "celsius", "F": "fahrenheit"}
_CURRENCY, _SIGN = "".join(_CURRENCIES), "".join(_WORDS)
# Before its number and what multiplies that: $40, US$40, $1.5 million; but a sign after a number and a space belongs to
# that one: 40 € 50. Whole amounts lose their cents.
_BEFORE = (
    rf"(?<![\w$])(?:US(?=\$))?(?P<currency>[{_CURRENCY}](?:(?<!\d[ ].)[ ])?)"
    r"(?P<number>[0-9]+(?:[.,'\u2019_](?!00(?![0-9]))[0-9]+)*)(?:[.,]00(?![0-9]))?(?P<scale>[ -]?[^\W\d_]{1,10}(?!\w))?"
)
# After its number, or after a space: 40 €, 50%, 1,5 Mio. €. A sign before a letter is code.
_AFTER = (
    rf"(?:(?<=[0-9])[.,]00(?=[ ]?[{_CURRENCY}]))?(?:(?<=[0-9])|(?<=[0-9][kKMmBb])|(?<=\s))"
    rf"[ ]?(?P<sign>[{_SIGN}])(?![0-9A-Za-z_{{(])"
)
_SIGNED = re.compile(
    rf"{_BEFORE}|{_AFTER}|(?<=[0-9])[ ]?(?P<degree>°)(?:[ ]?(?P<degrees>[CF])(?![A-Za-z]))?"
    r"|(?<!\w)(?i:(?:per|pour|por)[ ](?:cento?|ciento))(?!\w)"
)
_NOT_ASCII = re.compile(f"[{_SIGN}°]")
# What a word needs no space before.
_APART = " \n\t.,;:!?)"


def spelt_out(text: str) -> str:
    """Return a normalized text with such signs as words: 40 dollar for $40, and 30 celsius for 30 °C."""
    return "".join(spelt_pieces(text)) if _may_have_signs(text) else text


def spelt_pieces(text: str) -> Iterator[str]:
    """Yield what `spelt_out` returns in pieces, one for each sign."""
    done = 0
    if _may_have_signs(text):
        for found in _SIGNED.finditer(text):
            yield text[done : found.start()] + _spelt(found)
            done = found.end()
    yield text[done:]


def _may_have_signs(text: str) -> bool:
    """Whether a text may have something to spell out: cheaper than to look for it."""
    if "r c" in text and ("r cent" in text or "r ciento" in text):
        return True
    return "$" in text or "%" in text if text.isascii() else _NOT_ASCII.search(text) is not None


def _spelt(found: Match[str]) -> str:
    """Return a sign and its number as words."""
    if found["sign"]:
        return _apart(found, _WORDS[found["sign"]])
    if found["degree"]:
        return _apart(found, _DEGREES[found["degrees"]])
    if not found["currency"]:
        return "percent"
    number, word, scale = found["number"], _WORDS[found["currency"][0]], found["scale"] or ""
    if is_scale(scale.strip(" -")):
        return number + scale + _apart(found, word)
    return f"{number} {word} {scale.lstrip()}" if scale else number + _apart(found, word)


def _apart(found: Match[str], word: str) -> str:
    """Return a word with a space on each side, except before white space and the end of a sentence."""
    following = found.string[found.end() : found.end() + 1]
    return f" {word} " if following and following not in _APART else f" {word}"
