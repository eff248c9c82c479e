"""Redaction: what stands in a text in place of what looks like a key of the service."""

from __future__ import annotations

import re
from typing import Callable

__all__ = ["LONGEST_KEY", "LOOKED_AT", "LOOKS_LIKE_KEY", "UNKNOWN_KEY", "beginning", "without_likely_keys"]

LONGEST_KEY = 512
"""Characters of a key: our own bound, far above the service's 40."""

LOOKED_AT = 2_000
"""Characters of a text that are looked through for keys, beyond those that are shown."""

UNKNOWN_KEY = "[key]"
"""What is shown in place of a key that the server does not know."""

LOOKS_LIKE_KEY = re.compile(
    r"(?<![A-Za-z0-9])sk-om-[A-Za-z0-9_-]{6,}|(?<![A-Za-z0-9_])om_[A-Za-z0-9_-]{8,}", re.IGNORECASE
)
"""The forms that the service gives its keys, in any case."""


def without_likely_keys(text: str) -> str:
    """Return a text with all that looks like a key of the service blanked."""
    lower = text.lower()
    # Looked for first, since that takes a twentieth of the time; without the s, which has another small form.
    if "k-om-" not in lower and "om_" not in lower:
        return text
    return LOOKS_LIKE_KEY.sub(UNKNOWN_KEY, text)


def beginning(text: str, most: int, blank: Callable[[str], str] = without_likely_keys) -> str:
    """Return at most so many characters of a text, blanked before it is cut: half of a key shows most of it."""
    looked_at = LOOKED_AT + most
    if len(text) <= looked_at:
        return blank(text)[:most]
    # A key that is cut here is not found, and ends the text: so the end is left out.
    return blank(text[:looked_at])[:-LONGEST_KEY][:most]
