"""Removes the key and the texts of a call from foreign messages, and the key from our own errors."""

from __future__ import annotations

import re
from typing import Iterable, List

from octamem._errors import ValidationError
from octamem._options import DEFAULT_BASE_URL

from .secret import Secret

_SHORTEST = 8
"""Shorter texts are not searched for: they would blank ordinary words of the message."""

_WINDOW = 16
"""A run of this many characters in common with a text is an echo of it, or of a part."""

_BLOCK = _WINDOW // 2
"""A run of a window's length, wherever it begins, holds a whole block of those that the message is divided into."""

_SEARCHED = 20_000
"""How much of each text is compared: an echo repeats its beginning, and a failure must stay cheap."""


def redact(message: str, key: Secret, texts: Iterable[str], headers: Iterable[Secret] = ()) -> str:
    """Return the message with the key, the values of headers and every echo of a text blanked."""
    clean = _without_key(message, key.reveal())
    for header in headers:
        clean = _without_key(clean, header.reveal(), "[header]")
    for text in texts:
        if len(text) >= _SHORTEST:
            clean = _without_echo(clean.replace(text, "[text]"), text[:_SEARCHED])
    return clean


def redact_error(error: ValidationError, *keys: object) -> None:
    """Blank the keys in the message of an error, wherever a user may have put them; only strings can be keys."""
    for key in keys:
        text = key.strip() if isinstance(key, str) else key.reveal() if isinstance(key, Secret) else ""
        error.message = _without_key(error.message, text) if text else error.message
    error.args = (error.message,)


def _without_key(message: str, key: str, blank: str = "[key]") -> str:
    if key not in message:
        return message
    if key in DEFAULT_BASE_URL:
        # The address of the service is public, and our own example: it stays whole, even if it was passed as the key.
        return DEFAULT_BASE_URL.join(_blanked(part, key, blank) for part in message.split(DEFAULT_BASE_URL))
    return _blanked(message, key, blank)


def _blanked(message: str, key: str, blank: str) -> str:
    # Tests use keys as short as a word. Such a key is blanked as a word of its own, and not inside other words.
    edges = ("(?<![A-Za-z0-9])", "(?![A-Za-z0-9])") if len(key) < _SHORTEST else ("", "")
    return re.sub(re.escape(key).join(edges), blank, message)


def _without_echo(message: str, text: str) -> str:
    if not any(message[start : start + _BLOCK] in text for start in range(0, len(message) - _BLOCK + 1, _BLOCK)):
        return message  # as nearly all are: eight times as fast as below
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
