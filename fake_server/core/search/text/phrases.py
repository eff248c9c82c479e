"""Phrases: numbers, times and versions of several words, in the form of one word."""

from __future__ import annotations

import re
from typing import Match

from fake_server.core.search.lexicon.numerals import TENS_OF

__all__ = ["PHRASE", "as_one_word", "may_be_phrased", "short_form"]

_ENGLISH_ONES = "one|two|three|four|five|six|seven|eight|nine"
_SPANISH_ONES = "uno|una|un|dos|tres|cuatro|cinco|seis|siete|ocho|nueve"


def _tens(language: str) -> str:
    return "|".join(TENS_OF[language].split())


# Twenty five is twenty-five, treinta y cinco is one number, and what has two factors has a short name.
_SEVERAL = re.compile(
    rf"(?i:(?<![\w-])(?:(?:{_tens('english')})[ ](?:{_ENGLISH_ONES})|(?:{_tens('spanish')})[ ]y[ ](?:{_SPANISH_ONES})"
    r"|(?:two|2|multi)[ ]factor)(?![\w-]))"
)
# Few texts have any, and these are faster.
_MAY_BE_TENS = re.compile("(?:wen|hir|for|fif|six|ven|igh|ine)ty ")
# 7 pm is 19:00; of the morning, 7 am is 7:00, which may be one of the evening too.
PHRASE = re.compile(
    r"(?i:(?<![\w.:-])(?P<hour>1[0-2]|0?[1-9])(?:[:.](?P<minute>[0-5][0-9]))?[ ]?p\.?m(?!\w)"
    r"|(?<!\w)version[ ](?P<version>[0-9]+(?:\.[0-9]+)*)(?![\w-]))"
)
_MAY_BE_EVENING = re.compile(r"[0-9] ?[pP]\.?[mM]")
_NOON = 12


def as_one_word(text: str) -> str:
    """Return a text with a hyphen between the words of such numbers."""
    if "nta y " in text or " factor" in text or ("ty " in text and _MAY_BE_TENS.search(text)):
        return _SEVERAL.sub(lambda found: found[0].replace(" ", "-"), text)
    return text


def may_be_phrased(text: str, digit: Match[str]) -> bool:
    """Whether a text may have a phrase with a short form, by its first digit: cheaper than to look for one."""
    return "ersion " in text or _MAY_BE_EVENING.search(text, digit.start()) is not None


def short_form(found: Match[str]) -> str:
    """Return the short form of a phrase: 19:00 for 7 pm, and v2 for version 2."""
    if found["version"]:
        return f"v{found['version']}"
    return f"{int(found['hour']) % _NOON + _NOON}:{found['minute'] or '00'}"
