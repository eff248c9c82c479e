"""A value as an error message shows it: short, on one line, and never raising itself."""

from __future__ import annotations

_MOST = 80


def show(value: object) -> str:
    """Return the repr, cut to 80 characters; the type's name where the repr fails."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a value's own repr may raise anything, and the message matters more
        text = f"<{type(value).__name__}>"
    return text if len(text) <= _MOST else text[: _MOST - 1] + "…"


def clip(text: str, most: int) -> str:
    """Return the text on one line, cut to that many characters, with a space for what no terminal should be sent."""
    if len(text) <= most and text.isprintable() and "  " not in text and text == text.strip():
        return text  # as nearly all are
    start = text[: most * 4]
    line = " ".join("".join(character if character.isprintable() else " " for character in start).split())
    return line if len(line) <= most else line[: most - 1] + "…"
