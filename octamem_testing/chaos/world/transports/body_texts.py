"""The texts of a body: a program sends the same bodies in each round, so they are read once."""

from __future__ import annotations

from functools import lru_cache
from json import loads
from typing import Optional, Tuple

__all__ = ["texts_of"]

_SHORT = 1_000
"""The bytes of a body whose texts are kept for the next round."""


def texts_of(endpoint: Optional[str], body: bytes) -> Tuple[Optional[str], Optional[str]]:
    """Return the text and the context of a request, None for each that its body does not have."""
    return _read(endpoint, body) if len(body) <= _SHORT else _read.__wrapped__(endpoint, body)


@lru_cache(maxsize=512)  # the rounds of a hunt send the same bodies
def _read(endpoint: Optional[str], body: bytes) -> Tuple[Optional[str], Optional[str]]:
    try:
        fields = loads(body)
    except ValueError:
        return None, None
    if not isinstance(fields, dict):
        return None, None
    text = fields.get("content" if endpoint == "add" else "query")
    context = fields.get("previousContext", "")
    return text if isinstance(text, str) else None, context if isinstance(context, str) else None
