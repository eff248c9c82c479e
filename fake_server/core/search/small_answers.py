"""Small answers: what a question finds among a few memories, kept for all indexes of the process that hold the same.

Tests and hunts ask one question of hundreds of fakes, each of them new, with the same few memories in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Dict, List, Optional, Tuple

if TYPE_CHECKING:
    from .documents import Documents

__all__ = ["Asked", "Found", "keep", "kept", "question_of"]

Asked = Tuple[str, int, str]
"""A query, the most hits, and a context."""
Found = List[Tuple[int, float]]
"""The doc ids of the hits and their shares of the query, the best first."""
Question = Tuple[str, Asked, Tuple[Optional[str], ...], Tuple[str, ...], Tuple[int, ...]]
"""The language, what is asked, and the texts, the contexts and the order of creation of all documents."""

# The size of documents, as `Documents.unread` counts it, from which on reading them is no longer done for one question.
_SMALL = 2_000
# How many answers are kept: some hundred kilobytes for what tests store, and two megabytes at most.
_MOST = 256

_KEPT: Dict[Question, Found] = {}


def question_of(documents: Documents, asked: Asked) -> Optional[Question]:
    """Return all that an answer depends on, None if there are no documents, or many, or read or deleted ones."""
    # One that was read has done the work already, and one that was changed may differ in what no value here shows.
    if not documents.texts or documents.lengths or documents.unread > _SMALL or None in documents.texts:
        return None
    order = sorted(range(len(documents.texts)), key=documents.created.__getitem__)
    return documents.language.name, asked, tuple(documents.texts), tuple(documents.contexts), tuple(order)


def kept(question: Question) -> Optional[Found]:
    """Return the answer to a question, None if it is not known."""
    return _KEPT.get(question)


def keep(question: Question, found: Found) -> None:
    """Keep the answer to a question."""
    # Cleared as a whole, since fakes of several threads share it without a lock.
    if len(_KEPT) >= _MOST:
        _KEPT.clear()
    _KEPT[question] = found
