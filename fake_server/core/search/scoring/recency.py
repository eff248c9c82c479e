"""Recency: of memories that answer a query alike, the newer ones go before the older."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, FrozenSet, NamedTuple, Sequence

import numpy as np

if TYPE_CHECKING:
    from fake_server.core.search.postings import IntArray

__all__ = ["ages", "recency_bonuses"]

# Two documents are much the same if the shorter has at least this share of the content words of the longer, or at most
# so many fewer; if at least this share of the content words of the one with fewer different ones are words of the
# other; and if the newer has at least this share of the value of the older. Chosen with the update pairs of
# benchmarks/search_sets, with benchmarks/recall.py and with benchmarks/multilingual.py: without the second rule, a
# newer document that shares one word with the older one goes before it.
_LENGTH_BAND = 0.6
_LENGTH_SLACK = 4
_COMMON = 0.5
_VALUE_BAND = 0.75


def ages(created: IntArray) -> IntArray:
    """Return the place of each document, given in order of arrival, in order of creation and then of arrival."""
    order = created.argsort(kind="stable")
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    return places


class Comparable(NamedTuple):
    """Documents that may update each other.

    Those that `may_answer` are no question, and none of the documents holds more of the query. `length` is the number
    of distinct content words. `compared` is the value without stop words, since in a small key these may weigh more
    than the words that are asked for.
    """

    value: IntArray
    compared: IntArray
    may_answer: IntArray
    length: IntArray
    age: IntArray

    def at(self, chosen: IntArray) -> Comparable:
        """Return some of the documents."""
        return Comparable(*(each[chosen] for each in self))


def recency_bonuses(documents: Comparable, words_of: Callable[[IntArray], Sequence[FrozenSet[int]]]) -> IntArray:
    """Return what each document lacks of the greatest value of an older one that it updates.

    Of two documents that may answer, the newer updates the older if they are much the same in length, in value and in
    their content words, which `words_of` gives.
    """
    bonuses = np.zeros(len(documents.value))
    chosen = documents.may_answer.nonzero()[0]
    some = documents.at(chosen)
    # Of equal values, the newer goes before the older by its age alone.
    if len(chosen) > 1 and some.value.min() < some.value.max():
        length = some.length.astype(np.int64)
        # A row for each document as the newer one, a column for each as the older.
        shorter, longer = np.minimum.outer(length, length), np.maximum.outer(length, length)
        updates = (shorter >= _LENGTH_BAND * longer) | (longer - shorter <= _LENGTH_SLACK)
        updates &= np.greater.outer(some.age, some.age)
        updates &= np.less.outer(some.value, some.value)
        updates &= np.greater_equal.outer(some.compared, _VALUE_BAND * some.compared)
        newer, older = updates.nonzero()
        if len(newer):
            words = words_of(chosen)
            for row, column in zip(newer.tolist(), older.tolist()):
                updates[row, column] = _have_words_in_common(words[row], words[column])
            bonuses[chosen] = np.maximum((updates * some.value).max(1) - some.value, 0)
    return bonuses


def _have_words_in_common(some: FrozenSet[int], others: FrozenSet[int]) -> bool:
    """Whether enough of the content words of two documents are the same."""
    return len(some & others) >= _COMMON * min(len(some), len(others))
