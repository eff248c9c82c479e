"""Redaction: what stands in a text in place of what looks like a key of the service."""

from __future__ import annotations

import re

__all__ = ["LOOKS_LIKE_KEY", "UNKNOWN_KEY", "without_likely_keys"]

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
