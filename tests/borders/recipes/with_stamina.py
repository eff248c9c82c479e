"""Stamina is the one retry policy: its hook says whether to repeat, and after how many seconds."""

from __future__ import annotations

from uuid import uuid4

import stamina

from octamem import OctaMem, OctaMemError

client = OctaMem(max_retries=0)


def may_help(error: Exception) -> bool | float:
    """Return whether to make the call again, or the seconds to wait before it if the service asks for some."""
    if not (isinstance(error, OctaMemError) and error.retryable):
        return False
    return error.retry_after or True


@stamina.retry(on=may_help, attempts=4, timeout=300)
def add(content: str, key: str) -> None:
    """Store a memory under the same key in each attempt."""
    client.add(content=content, idempotency_key=key)


def save(content: str) -> None:
    """Store a memory once; the key is made outside of what is repeated."""
    add(content, str(uuid4()))
