"""An API key as text: what can be one, what is said of what cannot, and how one is shown."""

from __future__ import annotations

import re
from typing import Optional

from .redaction import LONGEST_KEY
from .wording import expected, kind_of

__all__ = ["LONGEST_KEY", "blank_key", "is_key", "not_a_key"]

_KEY = re.compile(r"[!-~]+")


def is_key(text: object) -> bool:
    """Return whether this could be an API key: printable ASCII without spaces, not too long."""
    return isinstance(text, str) and len(text) <= LONGEST_KEY and _KEY.fullmatch(text) is not None


def not_a_key(path: str, value: object) -> str:
    """Return the sentence about a value that cannot be a key, which it does not show: it may hold most of one."""
    got = kind_of(value)
    if isinstance(value, str) and len(value) > LONGEST_KEY:
        return expected(path, f"at most {LONGEST_KEY} characters", str(len(value)))
    if isinstance(value, str):
        at = len(_KEY.match(value)[0]) + 1 if _KEY.match(value) else 1  # type: ignore[index]
        got = f"another character at position {at} (the value is not shown)" if value else "an empty string"
    return expected(path, "printable ASCII without spaces", got)


def blank_key(key: Optional[str]) -> Optional[str]:
    """Keep the first and last four characters of a key; blank all of a short one, which they would mostly show."""
    if not key:
        return None
    return f"{key[:4]}…{key[-4:]}" if len(key) >= 16 else "…"
