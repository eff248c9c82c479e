"""Recency: of memories that answer a query alike, the newer ones go before the older."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from fake_server.core.search.postings import IntArray

__all__ = ["ages", "recency_bonuses"]

# Two documents are much the same if the shorter has at least this share of the content words of the longer, or at most
# so many fewer, and if the newer has at least this share of the value of the older. Chosen with the update pairs of
# benchmarks/search_sets and with benchmarks/recall.py.
_LENGTH_BAND = 0.6
_LENGTH_SLACK = 3
_VALUE_BAND = 0.75


def ages(created: IntArray) -> IntArray:
    """Return the place of each document, given in order of arrival, in order of creation and then of arrival."""
    order = created.argsort(kind="stable")
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    return places


def recency_bonuses(
    values: IntArray, compared: IntArray, may_answer: IntArray, lengths: IntArray, age: IntArray
) -> IntArray:
    """Return what each document lacks of the greatest value of an older one that it updates.

    Of two documents that `may_answer`, since they are no question and hold everything of the query that any document
    holds, the newer updates the older if they are much the same in length and in what is `compared`: their
    value without stop words, since in a small key these may weigh more than the words that are asked for.
    """
    bonuses = np.zeros(len(values))
    chosen = may_answer.nonzero()[0]
    if len(chosen) > 1:
        value, like = values[chosen], compared[chosen]
        length, place = lengths[chosen].astype(np.int64), age[chosen]
        # A row for each document as the newer one, a column for each as the older.
        shorter, longer = np.minimum.outer(length, length), np.maximum.outer(length, length)
        updates = (shorter >= _LENGTH_BAND * longer) | (longer - shorter <= _LENGTH_SLACK)
        updates &= np.greater.outer(place, place)
        updates &= np.greater_equal.outer(like, _VALUE_BAND * like)
        bonuses[chosen] = np.maximum((updates * value).max(1) - value, 0)
    return bonuses
