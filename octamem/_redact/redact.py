"""Takes the key and the texts of a call out of what a server or a library says, and the key out of our own errors."""

from __future__ import annotations

import re
from typing import Callable, Iterable, List

from octamem._errors import ValidationError

from .secret import Secret

_SHORTEST = 8
"""A text shorter than this is not searched for: it would blank ordinary words of the message."""

_WINDOW = 16
"""A run of this many characters in common with a text is an echo of it, even of a part."""

_SEARCHED = 20_000
"""How much of each text is compared: an echo is of its beginning, and a failure must stay cheap."""


def conceal(message: str, key: Secret, texts: Iterable[str]) -> str:
    """Return the message with the key and every echo of a text blanked."""
    clean = _without_key(message, key.reveal())
    for text in texts:
        if len(text) >= _SHORTEST:
            clean = _without_echo(clean.replace(text, "[text]"), text[:_SEARCHED])
    return clean


class concealing:  # noqa: N801 - it reads as the verb of a with statement
    """A context in which a ValidationError has the keys blanked, wherever a user may have put them.

    `keys` gives them once there is such an error; what is no text is no key. One context serves any number of blocks,
    at once too. No generator: the variables of one would be in the traceback, and the keys in them.
    """

    def __init__(self, keys: Callable[[], Iterable[object]]) -> None:
        self._keys = keys

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: object, _trace: object) -> None:
        if isinstance(error, ValidationError):
            for key in self._keys():
                text = key.strip() if isinstance(key, str) else key.reveal() if isinstance(key, Secret) else ""
                error.message = _without_key(error.message, text) if text else error.message
            error.args = (error.message,)


def _without_key(message: str, key: str) -> str:
    # A key as short as a word, as tests use them, is blanked where it stands alone, and not within other words.
    edges = ("(?<![A-Za-z0-9])", "(?![A-Za-z0-9])") if len(key) < _SHORTEST else ("", "")
    return re.sub(re.escape(key).join(edges), "[key]", message) if key in message else message


def _without_echo(message: str, text: str) -> str:
    parts: List[str] = []
    start = 0
    while start < len(message):
        size = _echo(message, start, text)
        parts.append("[text]" if size else message[start])
        start += size or 1
    return "".join(parts)


def _echo(message: str, start: int, text: str) -> int:
    size = _WINDOW
    if start + size > len(message) or message[start : start + size] not in text:
        return 0
    while start + size < len(message) and message[start : start + size + 1] in text:
        size += 1
    return size
