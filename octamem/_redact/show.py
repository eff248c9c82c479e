"""A value as an error message shows it: short, on one line, never raising itself, and giving no secret away."""

from __future__ import annotations

import re

_MOST = 80

_NAME = re.compile("[A-Za-z_]{1,32}")
"""What is shown of a text: a name such as a misspelt option has, and too plain for a key or a memory."""


def show(value: object) -> str:
    """Return the repr of a number or a plain name, and of anything else only what it is and how long.

    A value in the wrong place may be anything: the key, where two arguments changed places, or the text of a memory.
    """
    if isinstance(value, str):
        return repr(value) if _NAME.fullmatch(value) else size_of(value)
    if value is None or type(value) in (bool, int, float):
        try:
            return clip(repr(value), _MOST)
        except ValueError:
            return "a number of too many digits"
    return f"a {type(value).__name__}"


def size_of(text: str) -> str:
    """Return what can be said of a text without a character of it."""
    if not text.strip():
        return "blank" if text else "empty"
    return f"a text of {len(text):,} character{'s' if len(text) > 1 else ''}"


def clip(text: str, most: int) -> str:
    """Return the text on one line, cut to that many characters, with a space for what no terminal should be sent."""
    if len(text) <= most and text.isprintable() and "  " not in text and text == text.strip():
        return text  # as nearly all are
    start = text[: most * 4]
    line = " ".join("".join(character if character.isprintable() else " " for character in start).split())
    return line if len(line) <= most else line[: most - 1] + "…"
