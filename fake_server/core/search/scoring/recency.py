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
# So few documents are compared one by one.
_FEW = 8


def ages(created: IntArray) -> IntArray:
    """Return the place of each document, given in order of arrival, in order of creation and then of arrival."""
    if (created[1:] >= created[:-1]).all():  # as nearly always
        return np.arange(len(created))
    order = created.argsort(kind="stable")
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    return places


class Comparable(NamedTuple):
    """Documents that may update each other: no questions, and none that holds less of the query than another.

    `length` is the number of distinct content words. `compared` is the value without stop words, since in a small key
    these may weigh more than the words that are asked for.
    """

    value: IntArray
    compared: IntArray
    length: IntArray
    age: IntArray


def recency_bonuses(documents: Comparable, words: Callable[[], Sequence[FrozenSet[int]]]) -> IntArray:
    """Return what each document lacks of the greatest value of an older one that it updates.

    The newer of two updates the older if they are much the same in length, in value and in their content `words`.
    """
    if len(documents.value) <= _FEW:
        return _bonuses_of_few(documents, words)
    value, length, age, compared = documents.value, documents.length, documents.age, documents.compared
    bonuses = np.zeros(len(value))
    # A row for each document as the newer one, a column for each as the older.
    updates = np.greater.outer(age, age) & np.less.outer(value, value)
    updates &= np.greater_equal.outer(compared, _VALUE_BAND * compared)
    shorter, longer = np.minimum.outer(length, length), np.maximum.outer(length, length)
    updates &= (shorter >= _LENGTH_BAND * longer) | (longer - shorter <= _LENGTH_SLACK)
    newer, older = updates.nonzero()
    if len(newer):
        content = words()
        for row, column in zip(newer.tolist(), older.tolist()):
            updates[row, column] = _have_words_in_common(content[row], content[column])
        bonuses = np.maximum((updates * value).max(1) - value, 0)
    return bonuses


def _bonuses_of_few(documents: Comparable, words: Callable[[], Sequence[FrozenSet[int]]]) -> IntArray:
    """Return the same for a few documents, which takes less time one by one."""
    each = [*zip(*(values.tolist() for values in documents))]
    content: Sequence[FrozenSet[int]] = ()
    bonuses = [0.0] * len(each)
    for newer, (value, compared, length, age) in enumerate(each):
        most = value
        for older, (other, other_compared, other_length, other_age) in enumerate(each):
            if age <= other_age or other <= most or compared < _VALUE_BAND * other_compared:
                continue
            shorter, longer = (length, other_length) if length < other_length else (other_length, length)
            if shorter >= _LENGTH_BAND * longer or longer - shorter <= _LENGTH_SLACK:
                content = content or words()
                if _have_words_in_common(content[newer], content[older]):
                    most = other
        bonuses[newer] = most - value
    return np.array(bonuses)


def _have_words_in_common(some: FrozenSet[int], others: FrozenSet[int]) -> bool:
    """Whether enough of the content words of two documents are the same."""
    return len(some & others) >= _COMMON * min(len(some), len(others))
