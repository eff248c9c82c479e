"""The text of a ValidationError: the option, the rule, and a short value that gives no secret away."""

from __future__ import annotations

import re

from octamem._errors import ValidationError

_MOST = 80

_NAME = re.compile("[A-Za-z_]{1,32}")
"""The strings that are shown: a name, such as a misspelt option, is too plain for a key or a memory."""


def invalid(path: str, rule: str, got: str = "", advice: str = "") -> ValidationError:
    """Return the error of an argument: its path, the rule that it breaks, the value as shown, and what to do."""
    return ValidationError(f"{path} {rule}" + (f", got {got}" if got else "") + (f"; {advice}" if advice else ""))


def show(value: object) -> str:
    """Return the repr of a number or a plain name, and only the type and the length of anything else.

    A value in the wrong place may be anything: the key, if two arguments are swapped, or the text of a memory.
    """
    if isinstance(value, str):
        return repr(value) if _NAME.fullmatch(value) else size_of(value)
    if value is None or type(value) in (bool, int, float):
        try:
            return clip(repr(value), _MOST)
        except ValueError:
            return "an int with too many digits to show"
    return type(value).__name__


def size_of(text: str) -> str:
    """Return the length of a string in words, without any of its characters."""
    if not text.strip():
        return "a blank str" if text else "an empty str"
    return f"a str of {len(text):,} character{'s' if len(text) > 1 else ''}"


def clip(text: str, most: int) -> str:
    """Return the text on one line, cut to that many characters, with a space for each unprintable one."""
    if len(text) <= most and text.isprintable() and "  " not in text and text == text.strip():
        return text  # as nearly all are
    start = text[: most * 4]
    line = " ".join("".join(character if character.isprintable() else " " for character in start).split())
    return line if len(line) <= most else line[: most - 1] + "…"
