"""Which faults pass: after one of them a call may safely be sent again, and soon."""

from __future__ import annotations

from typing import Optional

__all__ = ["drop_passes", "status_passes"]

_DROPS = ("reset", "close", "truncate")


def status_passes(status: int, endpoint: Optional[str]) -> bool:
    """Say whether an answer of this status is worth another attempt: as the vendor's page has it, and of nobody more.

    An add that failed otherwise than by a refusal may have been carried out.
    """
    return status == 429 or (status >= 500 and endpoint != "add")


def drop_passes(word: str, endpoint: Optional[str]) -> bool:
    """Say whether a connection lost like this, or an answer cut short, is worth another attempt."""
    return word in _DROPS and endpoint != "add"
