"""How to undo what a command has just done."""

from __future__ import annotations

from typing import Any, Mapping

__all__ = ["undo_line"]


def undo_line(answer: Mapping[str, Any]) -> str:
    """Return how to undo what an answer tells, as the end of a sentence; nothing if it took nothing away."""
    if "undo" not in answer:
        return ""
    identity = answer["undo"]
    return "; it was too large to be undone" if identity is None else f"; undo it with octamem-fake undo {identity}"
